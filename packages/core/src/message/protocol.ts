import { parseInteger, repr } from '../text/python-text'
import type { Header } from './header'
import { parseTimestamp } from './timestamp'

/** The version of the message protocol that these commands speak: the value of `#+PROTOCOL_VERSION`. */
export const PROTOCOL_VERSION = '5'

/** Every value that `#+MESSAGE_TYPE` may have, sorted. */
export const MESSAGE_TYPES = ['complete', 'escalate', 'progress', 'pushback', 'query', 'release', 'request']

const REQUIRED_FIELDS = [
  'TITLE',
  'CONVERSATION_ID',
  'MESSAGE_TYPE',
  'SEQUENCE',
  'TIMESTAMP',
  'PROTOCOL_VERSION',
]

/** The fields of a composed message, in their order. */
export const PROTOCOL_FIELDS: readonly string[] = [...REQUIRED_FIELDS, 'FROM', 'TO', 'IN_REPLY_TO']

export function missingFields(header: Header): string[] {
  return REQUIRED_FIELDS.filter((field) => !header.has(field))
}

/** Names the required fields that are missing or malformed. Undefined if all are valid (A1, A2). */
export function headerProblem(header: Header): string | undefined {
  const missing = missingFields(header)
  if (missing.length > 0) return `frontmatter missing required fields: ${missing.join(', ')}`
  const type = header.get('MESSAGE_TYPE') ?? ''
  if (!MESSAGE_TYPES.includes(type)) return `invalid MESSAGE_TYPE: ${repr(type)}`
  const sequence = header.get('SEQUENCE') ?? ''
  if (parseInteger(sequence) === undefined) return `SEQUENCE must be an integer; got ${repr(sequence)}`
  const timestamp = header.get('TIMESTAMP') ?? ''
  if (parseTimestamp(timestamp) === undefined) {
    return `TIMESTAMP must be ISO 8601 with an explicit offset; got ${repr(timestamp)}`
  }
  return undefined
}
