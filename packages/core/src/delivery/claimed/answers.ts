import { MOVED_FOLDERS, type MovedFolder } from '../../message/done-name'
import { UNDECODABLE } from '../../text/raw-name'
import { CONTROL_CHARACTER } from '../../text/terminal'
import type { Part, RemoteDelivery } from '../way'

export const CANNOT_WRITE = 'the peer cannot write the message to its disk: is that full?'

/** A name that we own on the peer. */
export type ClaimedName =
  /** `isSigned`: the signature is already there, on disk. */
  | { readonly is: 'claimed'; readonly name: string; readonly isSigned: boolean }
  /** An earlier try delivered the message; it only needs a flush. */
  | { readonly is: 'arrived'; readonly name: string }

/** The peer's answer to a request for a name in one of its inboxes. */
export type Claim =
  | ClaimedName
  /** The project does not exist there: no later try will find it. */
  | { readonly is: 'no-project' }
  /** All names are in use there. */
  | { readonly is: 'no-name' }
  /** The peer did not answer in time, or the connection broke: try again. */
  | { readonly is: 'failed'; readonly error: string }
  /** The peer did not understand the question, or cannot be reached: rsync may say more. */
  | { readonly is: 'unknown' }

/** A file on the peer under one of the names. It may be ours from an earlier try. */
export interface Found {
  readonly name: string
  /** The place of the message; `nowhere`: only our signature has arrived. */
  readonly where: 'inbox' | MovedFolder | 'nowhere'
}

/** Returns the one that is ours, if any, or why this cannot be determined. */
export type Recognise = (found: readonly Found[]) => Promise<Found | { readonly error: string } | undefined>

/** The claim that an answer reports, if any. */
export function claimIn(answer: string | undefined, names: readonly string[]): Claim | undefined {
  if (answer === 'no-project') return { is: 'no-project' }
  if (answer === 'no-name') return { is: 'no-name' }
  if (answer === 'full') return { is: 'failed', error: CANNOT_WRITE }
  const [, how, place] = /^(claimed|signed|taken) (\d+)$/.exec(answer ?? '') ?? []
  const name = names[Number(place)]
  return name === undefined ? undefined : { is: 'claimed', name, isSigned: how !== 'claimed' }
}

const PLACES = ['inbox', ...MOVED_FOLDERS] as const

/** The file that an answer reports as already there, if any. */
export function foundIn(answer: string | undefined, names: readonly string[]): Found | undefined {
  const [, place, where] = /^found (\d+) (inbox|done|aside|nowhere)$/.exec(answer ?? '') ?? []
  const name = names[Number(place)]
  if (name === undefined) return undefined
  return { name, where: PLACES.find((known) => known === where) ?? 'nowhere' }
}

/** The whole path of the inbox, as the peer reports it. Only the peer's own rsync receives it. */
export function folderIn(answer: string | undefined): string | undefined {
  const folder = answer?.startsWith('in /') ? answer.slice('in '.length) : undefined
  const isWhole = folder !== undefined && !CONTROL_CHARACTER.test(folder) && !folder.includes(UNDECODABLE)
  return isWhole ? folder : undefined
}

/**
 * When the first of this sender's messages came there that came after anybody last took one, in milliseconds since the
 * epoch (contract C18). It may be answered or released.
 */
export function untouchedIn(answer: string | undefined): number | undefined {
  const [, seconds] = /^untouched \d{1,9} (\d{1,12})$/.exec(answer ?? '') ?? []
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/**
 * A peer's report on our file there (contract B55): `SUM:LENGTH` by cksum. Without cksum, only the length is compared:
 * `-:LENGTH`. If the peer cannot count bytes either, nothing is compared: `-:-`. `gone`: the file is not there.
 */
type FileWord = string

/** The files on the peer's disk. The signature comes first, if there is one: a receiver removes it last. */
export interface Landed {
  readonly files: readonly FileWord[]
}

/** The files that an answer reports; false if the disk failed. */
export function landedIn(answer: string | undefined): Landed | false | undefined {
  if (answer === 'failed') return false
  const [word, ...files] = (answer ?? '').split(' ')
  return word === 'flushed' && files.length <= 2 ? { files } : undefined
}

/** The parts whose bytes there differ from ours. If a message is gone, its receiver took it. */
export function differingParts(
  { files }: Landed,
  { message, signature }: Pick<RemoteDelivery, Part>,
): Part[] {
  const [of, ofSignature] = [...files].reverse()
  if (of === 'gone') return []
  const parts: Part[] = []
  if (signature !== undefined && differs(ofSignature, signature)) parts.push('signature')
  if (differs(of, message)) parts.push('message')
  return parts
}

function differs(word: FileWord | undefined, bytes: Uint8Array): boolean {
  if (word === 'gone') return true
  const [, sum, length] = /^(-|\d{1,10}):(-|\d{1,12})$/.exec(word ?? '') ?? []
  // The peer gave no length.
  if (length === undefined || length === '-') return false
  return Number(length) !== bytes.length || (sum !== '-' && Number(sum) !== cksum(bytes))
}

/** The table of POSIX cksum: CRC-32 with the polynomial 04C11DB7, highest bit first. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24
  for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1
  return rest >>> 0
})

/** The sum that the program `cksum` prints for these bytes. */
function cksum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = (sum << 8) ^ (TABLE[(sum >>> 24) ^ byte] ?? 0)
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256))
    sum = (sum << 8) ^ (TABLE[(sum >>> 24) ^ (length & 255)] ?? 0)
  return ~sum >>> 0
}
