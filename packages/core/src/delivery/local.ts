import { isTaken, makeFolder, placeNew, remove, syncFolder, TEMP_NAME, writeTemp } from '../fs/durable'
import { sweep } from '../fs/sweep'
import { wasGiven } from '../mailbox/given-name'
import { SCRIPTS_TEMP_NAME, SIGNATURE_NAME, signatureName, signedName } from '../message/message-name'

/** The files to deliver, the inbox, and the names to use. */
export interface LocalDelivery {
  readonly inbox: string
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
  /** The message's canonical name `clashes` seconds after now. */
  name(clashes: number): string
  /** Throws to stop before the next step. */
  beforeStep(): void
}

/**
 * Puts a signature and then its message into an inbox. Both are on disk when this returns their name. Never overwrites
 * a file. If the name is taken, or was before its message was finished, the message moves to the next second (B5, B6,
 * B52).
 */
export function deliverLocally(delivery: LocalDelivery): string {
  const { inbox, signature } = delivery
  makeFolder(inbox)
  delivery.beforeStep()
  const temps: string[] = []
  const stage = (bytes: Uint8Array): string => {
    const temp = writeTemp(inbox, bytes)
    temps.push(temp)
    return temp
  }
  try {
    const signatureTemp = signature === undefined ? undefined : stage(signature)
    const messageTemp = stage(delivery.message)
    for (let clashes = 0; ; clashes++) {
      const name = delivery.name(clashes)
      const message = `${inbox}/${name}`
      const placed =
        signatureTemp === undefined
          ? placeUnsigned(messageTemp, message)
          : placeSigned(signatureTemp, messageTemp, message, () => {
              syncFolder(inbox)
              delivery.beforeStep()
            })
      if (!placed) continue
      syncFolder(inbox)
      return name
    }
  } finally {
    for (const temp of temps) remove(temp)
  }
}

/** Claims the signature's name first: it reserves both names, so no other sender can take one of them. */
function placeSigned(
  signatureTemp: string,
  messageTemp: string,
  message: string,
  betweenSteps: () => void,
): boolean {
  const signature = signatureName(message)
  if (isTaken(message) || wasGiven(message) || !placeNew(signatureTemp, signature)) return false
  let placed = false
  try {
    // Checks again: a finished message gives up its name only after it lies in done/.
    if (isTaken(message) || wasGiven(message)) return false
    betweenSteps()
    placed = placeNew(messageTemp, message, false)
    return placed
  } finally {
    if (!placed) remove(signature)
  }
}

/** Nobody may see an empty message, so the signature's name is claimed instead. */
function placeUnsigned(messageTemp: string, message: string): boolean {
  const signature = signatureName(message)
  return !isTaken(signature) && !wasGiven(message) && placeNew(messageTemp, message, signature)
}

/** The temp files that our senders and the scripts write into an inbox. Other files that begin with `.tmp.` stay. */
const TEMPS = new RegExp(`${TEMP_NAME.source}|${SCRIPTS_TEMP_NAME.source}`, 's')

/**
 * Removes the temp files that a sender killed more than a day ago left in an inbox, and its signatures whose message
 * never came. Such a signature is the same file as a temp. `names` are all in the inbox; `now` is in milliseconds.
 */
export function removeStaleTemps(inbox: string, names: readonly string[], home: string, now: number): void {
  const below = inbox.startsWith(`${home}/`) ? home : '/'
  const twins = { named: SIGNATURE_NAME, needs: signedName }
  sweep({ path: inbox, below }, { named: TEMPS, twins }, now, names)
}
