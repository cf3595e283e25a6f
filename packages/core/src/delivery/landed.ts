import { cksum } from './cksum'

/**
 * What a peer says of a file of ours as it lies there (contract B55): `SUM:LENGTH` by cksum. Where it has no cksum, only
 * the length is compared: `-:LENGTH`; where it has nothing that counts either, nothing is: `-:-`. `gone`: it is not there.
 */
export type FileWord = string

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

/** A message, and its signature if it has one. */
export interface Pair {
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
}

/** What lies there with other bytes than ours. A message that is gone was taken by its receiver. */
export function differingParts({ files }: Landed, { message, signature }: Pair): (keyof Pair)[] {
  const [of, ofSignature] = [...files].reverse()
  if (of === 'gone') return []
  const parts: (keyof Pair)[] = []
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
