import { toBytes } from '../text/raw-name'
import { utcStamp } from '../text/utc'

/** Messages are the `.org` files of an inbox. */
export const MESSAGE_SUFFIX = '.org'
const SIGNATURE_SUFFIX = '.asc'
const STAMP_LENGTH = 'YYYYMMDDTHHMMSSZ'.length
const STAMPED = /^\d{8}T\d{6}Z-from-/
/** The whole form of a canonical name, and of its signature's. */
export const MESSAGE_NAME = /^\d{8}T\d{6}Z-from-.+\.org$/s
export const SIGNATURE_NAME = /^\d{8}T\d{6}Z-from-.+\.org\.asc$/s
/** Bytes of a file's name that file systems take. */
export const LONGEST_FILE_NAME = 255

/** The name under which a message lies in an inbox: `<UTC second>-from-<sender>-<conversation>.org`. */
export function canonicalName(milliseconds: number, sender: string, conversation: string): string {
  return `${utcStamp(milliseconds)}-from-${sender}-${conversation}${MESSAGE_SUFFIX}`
}

/** Whether a name begins with the second at which its message was sent. */
export function isStamped(name: string): boolean {
  return STAMPED.test(name)
}

/** The second in a canonical name, in milliseconds since the epoch; undefined where it names no such second. */
export function secondInName(name: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-from-/.exec(name) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}

/** A canonical name as it would be some seconds later; as it is where it names no second. */
export function laterName(name: string, seconds: number): string {
  const time = secondInName(name)
  return time === undefined ? name : utcStamp(time + seconds * 1000) + name.slice(STAMP_LENGTH)
}

/** The name of the detached signature beside a message. */
export function signatureName(name: string): string {
  return name + SIGNATURE_SUFFIX
}

/** Whether a file system takes the name and its signature's: 255 bytes at most. */
export function fitsFileSystem(name: string): boolean {
  return toBytes(signatureName(name)).length <= LONGEST_FILE_NAME
}

/** The sender in a canonical name: what stands between stamp and conversation. Nobody has signed it. */
export function senderInName(name: string, conversation: string): string | undefined {
  const start = STAMPED.exec(name)?.[0].length
  const end = `-${conversation}${MESSAGE_SUFFIX}`
  const isCanonical = start !== undefined && name.endsWith(end) && name.length > start + end.length
  return isCanonical ? name.slice(start, -end.length) : undefined
}
