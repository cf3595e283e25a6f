import { Failure } from '../command/failure'
import { readHeader } from '../message/header'
import { PROTOCOL_FIELDS, PROTOCOL_VERSION } from '../message/protocol'
import { repr } from '../text/python-text'
import { CONTROL_CHARACTER } from '../text/terminal'
import { localIso } from '../text/utc'

const LINE_FEED = 0x0a

/** Fields by key, e.g. `TITLE`; an empty one counts as not given. */
export type Fields = ReadonlyMap<string, string>

/** Fields of a new message that neither flags nor front matter need to give. */
export interface MadeFields {
  readonly conversation: string
  /** One more than the highest seen. */
  readonly sequence: bigint
  /** Milliseconds since the epoch. */
  readonly now: number
  /** `machine.project`. */
  readonly from: string
  readonly to: string
  readonly type?: string
  /** The name of the message that is answered. */
  readonly inReplyTo?: string
}

/** These facts as fields (contract C9, C11). */
export function madeFields(made: MadeFields): Fields {
  return new Map([
    ['CONVERSATION_ID', made.conversation],
    ['MESSAGE_TYPE', made.type ?? 'request'],
    ['SEQUENCE', made.sequence.toString()],
    ['TIMESTAMP', localIso(made.now)],
    ['PROTOCOL_VERSION', PROTOCOL_VERSION],
    ['FROM', made.from],
    ['TO', made.to],
    ['IN_REPLY_TO', made.inReplyTo ?? ''],
  ])
}

/**
 * All fields of some layers in the order of a message, those of the protocol first. A field comes from the first
 * layer that has a value for it: flags, then front matter, then what is made.
 */
export function mergeFields(...layers: readonly Fields[]): Map<string, string> {
  const merged = new Map<string, string>()
  const keys = [...PROTOCOL_FIELDS, ...layers.flatMap((layer) => [...layer.keys()])]
  for (const key of new Set(keys)) {
    const given = layers.filter((layer) => layer.has(key))
    const value = given.map((layer) => layer.get(key) ?? '').find((text) => text !== '')
    // An empty field of the author's own stays; of ours it only says that there is none.
    if (value !== undefined) merged.set(key, value)
    else if (given.length > 0 && !PROTOCOL_FIELDS.includes(key)) merged.set(key, '')
  }
  return merged
}

/**
 * The bytes of a message: a line for each field, a blank one, the body as it is. A body without a line feed at its
 * end gets one. Throws Failure (header-invalid), naming it, for a field that would not be read as it was given.
 */
export function composeMessage(fields: Fields, body: Uint8Array): Buffer {
  const header = Array.from(fields, ([key, value]) => headerLine(key, value)).join('')
  const isLineEnded = body.length === 0 || body[body.length - 1] === LINE_FEED
  return Buffer.concat([Buffer.from(`${header}\n`), body, Buffer.from(isLineEnded ? '' : '\n')])
}

function headerLine(key: string, value: string): string {
  const line = value === '' ? `#+${key}:\n` : `#+${key}: ${value}\n`
  const { header } = readHeader(line, true)
  if (header.size === 1 && header.get(key) === value && isOneLine(value)) return line
  throw new Failure('header-invalid', {
    message: `${key} must be one line of text without control characters; got ${repr(value)}`,
    hint: 'give it as one line, without blanks at its ends',
  })
}

/** A tab within a line does no harm; line separators would end the line for some readers. */
function isOneLine(value: string): boolean {
  const line = value.replaceAll('\t', ' ')
  return !CONTROL_CHARACTER.test(line) && !/[\u2028\u2029]/.test(line) && line.isWellFormed()
}
