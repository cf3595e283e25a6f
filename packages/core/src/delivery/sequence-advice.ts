import { parseInteger } from '../text/python-text'
import type { KnownConversations } from './known-conversations'
import type { Message } from './read-message'

/** Advice where SEQUENCE is not one more than the highest known of its conversation (A4); else undefined. */
export function sequenceAdvice(
  { header, conversation }: Message,
  known: KnownConversations,
): string | undefined {
  const highest = known.highestSequence(conversation)
  if (highest === undefined) return undefined
  const own = header.get('SEQUENCE') ?? ''
  if (parseInteger(own) === highest + 1n) return undefined
  return `advice: SEQUENCE is ${own}, but the highest seen in conversation ${conversation} is ${highest}; the next would be ${highest + 1n}`
}
