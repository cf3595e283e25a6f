import { Failure } from '../command/failure'
import { readHeader } from '../message/header'
import { PROTOCOL_FIELDS, PROTOCOL_VERSION } from '../message/protocol'
import { repr } from '../text/python-text'
import { CONTROL_CHARACTER } from '../text/terminal'
import { localIso } from '../text/utc'

const LINE_FEED = 0x0a

/** Fields by key, e.g. `TITLE`; an empty field counts as not given. */
export type Fields = ReadonlyMap<string, string>

/** Facts for the fields of a new message that flags and front matter may omit. */
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
  /** The name of the message being answered. */
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
 * All fields of the layers in message order, protocol fields first. The first layer that has a value for a field wins:
 * flags, then front matter, then generated fields.
 */
export function mergeFields(...layers: readonly Fields[]): Map<string, string> {
  const merged = new Map<string, string>()
  const keys = [...PROTOCOL_FIELDS, ...layers.flatMap((layer) => [...layer.keys()])]
  for (const key of new Set(keys)) {
    const given = layers.filter((layer) => layer.has(key))
    const value = given.map((layer) => layer.get(key) ?? '').find((text) => text !== '')
    // An empty field from the author stays. An empty field of ours means that there is no value.
    if (value !== undefined) merged.set(key, value)
    else if (given.length > 0 && !PROTOCOL_FIELDS.includes(key)) merged.set(key, '')
  }
  return merged
}

/**
 * The bytes of a message: one line for each field, a blank line, and the unchanged body. A missing final line feed is
 * added. Throws Failure (header-invalid), naming the field, if a field would not be read as given.
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

/** A tab within a line is harmless; some readers would end the line at a line separator. */
function isOneLine(value: string): boolean {
  const line = value.replaceAll('\t', ' ')
  return !CONTROL_CHARACTER.test(line) && !/[\u2028\u2029]/.test(line) && line.isWellFormed()
}
