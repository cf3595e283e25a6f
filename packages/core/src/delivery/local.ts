import { isTaken, makeFolder, placeNew, remove, syncFolder, TEMP_NAME, writeTemp } from '../fs/durable'
import { sweep } from '../fs/sweep'
import { wasGiven } from '../mailbox/given-name'
import { SCRIPTS_TEMP_NAME, SIGNATURE_NAME, signatureName, signedName } from '../message/message-name'

/** What is delivered, where and under which names. */
export interface LocalDelivery {
  readonly inbox: string
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
  /** The canonical name that is the message's `clashes` seconds after now. */
  name(clashes: number): string
  /** Throws to stop before the next step. */
  beforeStep(): void
}

/**
 * Puts a message and before it its signature into an inbox, both on disk when this returns the name they
 * got. No file is ever overwritten: a name that is taken, or was until its message was finished, moves the message to
 * the next second (B5, B6, B52).
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

/** The signature's name is claimed first: it holds the pair of names, so that no other sender splits it. */
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
    // Once more: what is finished gives its name up only after it lies in done/.
    if (isTaken(message) || wasGiven(message)) return false
    betweenSteps()
    placed = placeNew(messageTemp, message, false)
    return placed
  } finally {
    if (!placed) remove(signature)
  }
}

/** Nobody may see an empty message: the name of a signature is claimed in its stead. */
function placeUnsigned(messageTemp: string, message: string): boolean {
  const signature = signatureName(message)
  return !isTaken(signature) && !wasGiven(message) && placeNew(messageTemp, message, signature)
}

/** The temp files that senders write into an inbox: ours, and the scripts'. Whatever else begins with `.tmp.` is spared. */
const TEMPS = new RegExp(`${TEMP_NAME.source}|${SCRIPTS_TEMP_NAME.source}`, 's')

/**
 * Removes what a sender that was killed more than a day ago left in an inbox: its temp files, and a signature
 * whose message never came. That one is known by being the same file as a temp. `names` are all in the inbox, `now`
 * is in milliseconds.
 */
export function removeStaleTemps(inbox: string, names: readonly string[], home: string, now: number): void {
  const below = inbox.startsWith(`${home}/`) ? home : '/'
  const twins = { named: SIGNATURE_NAME, needs: signedName }
  sweep({ path: inbox, below }, { named: TEMPS, twins }, now, names)
}
