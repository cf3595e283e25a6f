import type { Header } from '../message/header'
import { readFileHead } from '../message/message-head'
import { isStamped, MESSAGE_SUFFIX } from '../message/message-name'
import { parseInteger } from '../text/python-text'
import { toPath } from '../text/raw-name'
import type { Message } from './read-message'

/** An inbox and the names of the files in it. */
export interface Listing {
  readonly folder: string
  readonly names: readonly string[]
}

/** Advice where SEQUENCE is not one more than the highest seen of its conversation (A4); else undefined. */
export function sequenceAdvice(message: Message, listings: readonly Listing[]): string | undefined {
  const seen = listings.flatMap((listing) => sequencesIn(listing, message.conversation))
  const [highest] = seen.sort((a, b) => (b > a ? 1 : -1))
  if (highest === undefined) return undefined
  const own = message.header.get('SEQUENCE') ?? ''
  if (parseInteger(own) === highest + 1n) return undefined
  return `advice: SEQUENCE is ${own}, but the highest seen in conversation ${message.conversation} is ${highest}; the next would be ${highest + 1n}`
}

function sequencesIn({ folder, names }: Listing, conversation: string): bigint[] {
  const sequences: bigint[] = []
  for (const name of names) {
    if (!name.endsWith(MESSAGE_SUFFIX)) continue
    // A canonical name ends with its conversation: most heads need not be read.
    if (isStamped(name) && !name.endsWith(`-${conversation}${MESSAGE_SUFFIX}`)) continue
    const header = headerIfReadable(`${folder}/${name}`)
    if (header?.get('CONVERSATION_ID') !== conversation) continue
    const sequence = parseInteger(header.get('SEQUENCE') ?? '')
    if (sequence !== undefined) sequences.push(sequence)
  }
  return sequences
}

/** Advice is no reason to fail: a neighbour that cannot be read is not counted. */
function headerIfReadable(path: string): Header | undefined {
  try {
    return readFileHead(toPath(path)).header
  } catch {
    return undefined
  }
}
