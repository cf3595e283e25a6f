import { Failure } from '../command/failure'
import { missingFields } from '../message/protocol'
import type { Fields } from './compose'

/** The short names that front matter may use, and what they mean (contract C33). */
const SHORT_NAMES = [
  ['TYPE', 'MESSAGE_TYPE'],
  ['CONVERSATION', 'CONVERSATION_ID'],
] as const

/** A short name counts only if the field itself is not given: else it is a field of the author's own. */
export function withFullNames(front: Fields): Fields {
  const fields = new Map(front)
  for (const [short, full] of SHORT_NAMES) {
    const value = fields.get(short)
    if (value === undefined || fields.get(full)) continue
    fields.delete(short)
    fields.set(full, value)
  }
  return fields
}

/** The required fields that front matter does not give. An empty one counts as not given. */
export function fieldsToMake(front: Fields): string[] {
  return missingFields(new Map([...front].filter(([, value]) => value !== '')))
}

/**
 * Two headers, neither of them complete: nobody can tell which is meant, and a `#+` header is never completed (contract
 * C33). Throws Failure (exit 4).
 */
export function requireNoSecondHeader(missing: readonly string[], body: string): void {
  if (!beginsLikeMessage(body)) return
  throw new Failure('header-invalid', {
    message: `frontmatter missing required fields: ${missing.join(', ')}`,
    hint: 'a header of #+ lines follows the front matter: give all fields in one of them, and leave out the other',
  })
}

export function beginsLikeMessage(text: string): boolean {
  return /^\s*#\+[A-Z_]+:/.test(text)
}
