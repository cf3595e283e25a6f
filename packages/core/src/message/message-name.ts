import { toBytes } from '../text/raw-name'
import { utcStamp } from '../text/utc'

/** Messages are the `.org` files of an inbox. */
export const MESSAGE_SUFFIX = '.org'
export const SIGNATURE_SUFFIX = '.asc'
export const STAMP_LENGTH = 'YYYYMMDDTHHMMSSZ'.length
const STAMPED = /^\d{8}T\d{6}Z-from-/
/** Stamp, sender and conversation, neither of the two empty. */
const SENDER_AND_CONVERSATION = /^\d{8}T\d{6}Z-from-(.+-.+)\.org$/s
/** The whole form of a canonical name and of the name of its signature. */
export const MESSAGE_NAME = /^\d{8}T\d{6}Z-from-.+\.org$/s
export const SIGNATURE_NAME = /^\d{8}T\d{6}Z-from-.+\.org\.asc$/s
/** The hidden name under which the scripts write either: Python puts eight characters behind it. */
export const SCRIPTS_TEMP_NAME = /^\.tmp\.\d{8}T\d{6}Z-from-.+\.org(?:\.asc)?\.[a-z0-9_]{8}$/s
/** The most bytes of a file name that file systems accept. */
export const LONGEST_FILE_NAME = 255

/** The name of a message in an inbox: `<UTC second>-from-<sender>-<conversation>.org`. */
export function canonicalName(milliseconds: number, sender: string, conversation: string): string {
  return `${utcStamp(milliseconds)}-from-${sender}-${conversation}${MESSAGE_SUFFIX}`
}

/** Whether a name is that of a message file, hidden or not. */
export function isMessageName(name: string): boolean {
  return name.endsWith(MESSAGE_SUFFIX)
}

/** The same, but for hidden files: these are unfinished, or nobody's mail (contract B59). */
export function isVisibleMessage(name: string): boolean {
  return isMessageName(name) && !name.startsWith('.')
}

/** Whether a name begins with the second of sending. */
export function isStamped(name: string): boolean {
  return STAMPED.test(name)
}

/** The second in a canonical name, in milliseconds since the epoch. Undefined if the name holds no valid second. */
export function secondInName(name: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-from-/.exec(name) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}

/** A canonical name moved some seconds later. Unchanged if it holds no second. */
export function laterName(name: string, seconds: number): string {
  const time = secondInName(name)
  return time === undefined ? name : utcStamp(time + seconds * 1000) + name.slice(STAMP_LENGTH)
}

/** The name of the detached signature beside a message. */
export function signatureName(name: string): string {
  return name + SIGNATURE_SUFFIX
}

/** Whether a name is that of a message's signature. */
export function isSignatureName(name: string): boolean {
  return name.endsWith(MESSAGE_SUFFIX + SIGNATURE_SUFFIX)
}

/** The name of the message that a signature lies beside. */
export function signedName(signature: string): string {
  return signature.slice(0, -SIGNATURE_SUFFIX.length)
}

/** Whether file systems accept the name and the name of its signature: 255 bytes at most. */
export function fitsFileSystem(name: string): boolean {
  return toBytes(signatureName(name)).length <= LONGEST_FILE_NAME
}

/** The end of a canonical name: that of its conversation. */
export function endOfName(conversation: string): string {
  return `-${conversation}${MESSAGE_SUFFIX}`
}

/** The sender in a canonical name: the text between stamp and conversation. It is not signed. */
export function senderInName(name: string, conversation: string): string | undefined {
  const start = STAMPED.exec(name)?.[0].length
  const end = endOfName(conversation)
  const isCanonical = start !== undefined && name.endsWith(end) && name.length > start + end.length
  return isCanonical ? name.slice(start, -end.length) : undefined
}

/** Whether a name can be that of a message from a sender. The conversation, which would tell, is not known. */
export function mayBeFrom(name: string, sender: string): boolean {
  return name.includes(`-from-${sender}-`)
}

/** A sender as a word of a pattern for names, as find and shells read it. */
export function globWord(sender: string): string {
  return sender.replace(/[\\*?[\]]/g, '\\$&')
}

/**
 * What stands in a canonical name from its sender on. A dash may belong to the sender or to the conversation: where
 * the name ends with this conversation, that is left out, and the sender is all but the last dash. Undefined where
 * the name tells no sender.
 */
export function fromSenderOn(name: string, conversation: string): string | undefined {
  const rest = SENDER_AND_CONVERSATION.exec(name)?.[1]
  const end = `-${conversation}`
  if (rest === undefined || rest === end) return undefined
  return rest.endsWith(end) ? `${rest.slice(0, -end.length)}-` : rest
}
