import { UNDECODABLE } from '../../text/raw-name'
import { CONTROL_CHARACTER } from '../../text/terminal'
import type { Part, RemoteDelivery } from '../way'

export const CANNOT_WRITE = 'the peer cannot write the message to its disk: is that full?'

/** A name on the peer that is ours. */
export type ClaimedName =
  /** `isSigned`: the signature lies there already, on disk. */
  | { readonly is: 'claimed'; readonly name: string; readonly isSigned: boolean }
  /** An earlier try has brought the message: nothing is left to do but to flush it. */
  | { readonly is: 'arrived'; readonly name: string }

/** What the peer said when it was asked for a name in one of its inboxes. */
export type Claim =
  | ClaimedName
  /** The project is not there: no further try will find it. */
  | { readonly is: 'no-project' }
  /** All names are in use there. */
  | { readonly is: 'no-name' }
  /** It did not answer in time, or the connection broke: to be tried again. */
  | { readonly is: 'failed'; readonly error: string }
  /** The question was not understood or nobody is there at all: rsync may say more. */
  | { readonly is: 'unknown' }

/** What lies on the peer under one of the names, and may be ours from an earlier try. */
export interface Found {
  readonly name: string
  /** Where the message lies; `nowhere`: only our signature has come, and no message. */
  readonly where: 'inbox' | 'done' | 'nowhere'
}

/** Which of those is ours, if one is; or why that cannot be told. */
export type Recognise = (found: readonly Found[]) => Promise<Found | { readonly error: string } | undefined>

/** What an answer says of the claim, if it says so. */
export function claimIn(answer: string | undefined, names: readonly string[]): Claim | undefined {
  if (answer === 'no-project') return { is: 'no-project' }
  if (answer === 'no-name') return { is: 'no-name' }
  if (answer === 'full') return { is: 'failed', error: CANNOT_WRITE }
  const [, how, place] = /^(claimed|signed|taken) (\d+)$/.exec(answer ?? '') ?? []
  const name = names[Number(place)]
  return name === undefined ? undefined : { is: 'claimed', name, isSigned: how !== 'claimed' }
}

/** What an answer says of what lies there already. */
export function foundIn(answer: string | undefined, names: readonly string[]): Found | undefined {
  const [, place, where] = /^found (\d+) (inbox|done|nowhere)$/.exec(answer ?? '') ?? []
  const name = names[Number(place)]
  if (name === undefined) return undefined
  return { name, where: where === 'inbox' || where === 'done' ? where : 'nowhere' }
}

/** The whole path of the inbox, as the peer tells it. Only its own rsync is told of it. */
export function folderIn(answer: string | undefined): string | undefined {
  const folder = answer?.startsWith('in /') ? answer.slice('in '.length) : undefined
  const isWhole = folder !== undefined && !CONTROL_CHARACTER.test(folder) && !folder.includes(UNDECODABLE)
  return isWhole ? folder : undefined
}

/**
 * What a peer says of a file of ours as it lies there (contract B55): `SUM:LENGTH` by cksum. Where it has no cksum, only
 * the length is compared: `-:LENGTH`; where it has nothing that counts either, nothing is: `-:-`. `gone`: it is not there.
 */
type FileWord = string

/** What lies there, on the peer's disk. The signature first, if there is one: a receiver takes it away last. */
export interface Landed {
  readonly files: readonly FileWord[]
}

/** What an answer says: false where the disk failed. */
export function landedIn(answer: string | undefined): Landed | false | undefined {
  if (answer === 'failed') return false
  const [word, ...files] = (answer ?? '').split(' ')
  return word === 'flushed' && files.length <= 2 ? { files } : undefined
}

/** What lies there with other bytes than ours. A message that is gone was taken by its receiver. */
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
  // It does not tell.
  if (length === undefined || length === '-') return false
  return Number(length) !== bytes.length || (sum !== '-' && Number(sum) !== cksum(bytes))
}

/** The table of POSIX cksum: CRC-32 by the polynomial 04C11DB7, the highest bit first. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24
  for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1
  return rest >>> 0
})

/** What the program `cksum` says of these bytes: their sum. */
function cksum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = (sum << 8) ^ (TABLE[(sum >>> 24) ^ byte] ?? 0)
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256))
    sum = (sum << 8) ^ (TABLE[(sum >>> 24) ^ (length & 255)] ?? 0)
  return ~sum >>> 0
}
