import { renameSync } from 'node:fs'
import {
  claimEmpty,
  isTaken,
  link,
  makeFolder,
  remove,
  syncFolder,
  TEMP_NAME,
  writeTemp,
} from '../fs/durable'
import { sweep } from '../fs/sweep'
import { wasGiven } from '../mailbox/given-name'
import { SIGNATURE_NAME, signatureName } from '../message/message-name'
import { toPath } from '../text/raw-name'

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
  if (isTaken(message) || wasGiven(message)) return false
  const linked = link(signatureTemp, signature)
  if (linked === 'taken' || (linked === 'unsupported' && !claimEmpty(signature))) return false
  let placed = false
  try {
    if (linked === 'unsupported') renameSync(toPath(signatureTemp), toPath(signature))
    // Once more: what is finished gives its name up only after it lies in done/.
    if (isTaken(message) || wasGiven(message)) return false
    betweenSteps()
    placed = placeMessage(messageTemp, message)
    return placed
  } finally {
    if (!placed) remove(signature)
  }
}

function placeUnsigned(messageTemp: string, message: string): boolean {
  const signature = signatureName(message)
  if (isTaken(signature) || wasGiven(message)) return false
  const linked = link(messageTemp, message)
  if (linked !== 'unsupported') return linked === 'linked'
  if (!claimEmpty(signature)) return false
  try {
    return placeMessage(messageTemp, message)
  } finally {
    remove(signature)
  }
}

function placeMessage(messageTemp: string, message: string): boolean {
  const linked = link(messageTemp, message)
  if (linked !== 'unsupported') return linked === 'linked'
  if (isTaken(message)) return false
  renameSync(toPath(messageTemp), toPath(message))
  return true
}

/** Milliseconds after which a temp file is that of a sender which was killed. */
const STALE_AFTER = 24 * 60 * 60 * 1000

/**
 * The temp files that senders write into an inbox: ours, and the scripts' (Python's eight characters behind the name
 * that the file was to get). Whatever else begins with `.tmp.` is spared.
 */
const TEMPS = new RegExp(
  `${TEMP_NAME.source}|^\\.tmp\\.\\d{8}T\\d{6}Z-from-.+\\.org(?:\\.asc)?\\.[a-z0-9_]{8}$`,
  's',
)

/**
 * Removes what a sender that was killed more than a day ago left in an inbox: its temp files, and a signature
 * whose message never came. That one is known by being the same file as a temp. `names` are all in the inbox, `now`
 * is in milliseconds.
 */
export function removeStaleTemps(inbox: string, names: readonly string[], home: string, now: number): void {
  const below = inbox.startsWith(`${home}/`) ? home : '/'
  const needs = (name: string) => name.slice(0, -signatureName('').length)
  const twins = { named: SIGNATURE_NAME, needs }
  sweep({ path: inbox, below }, { named: TEMPS, olderThan: STALE_AFTER, twins }, now, names)
}
