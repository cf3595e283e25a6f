import { parseInteger } from '../text/python-text'
import type { KnownConversations } from './known-conversations'
import type { Message } from './read-message'

/**
 * Advice where SEQUENCE is not one more than the highest known of its conversation (A4); else undefined. Rejected with
 * Failure under HALT.
 */
export async function sequenceAdvice(
  { header, conversation }: Message,
  known: KnownConversations,
): Promise<string | undefined> {
  const own = header.get('SEQUENCE') ?? ''
  const number = parseInteger(own)
  const seeming = known.seemingSequence(conversation)
  // Nearly always it is right, and nothing need be verified.
  if (seeming === undefined || number === seeming + 1n) return undefined
  const highest = await known.highestSequence(conversation)
  if (highest === undefined || number === highest + 1n) return undefined
  return `advice: SEQUENCE is ${own}, but the highest seen in conversation ${conversation} is ${highest}; the next would be ${highest + 1n}`
}
