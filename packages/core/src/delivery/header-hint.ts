import type { Header } from '../message/header'
import { MESSAGE_TYPES, missingFields, PROTOCOL_VERSION } from '../message/protocol'
import { parseTimestamp } from '../message/timestamp'
import { nearestOf } from '../text/nearest'
import { parseInteger, trim } from '../text/python-text'
import { CONTROL_CHARACTER, escapeAll } from '../text/terminal'
import { localIso } from '../text/utc'
import { slugOf } from './conversation-id'

/** An invalid header, and the text that it was read from. */
export interface FaultyHeader {
  readonly header: Header
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Characters of a text that are searched for an intended header. */
const SEARCHED = 64 * 1024
const LONGEST_SHOWN = 200
/** A key in upper or lower case, at any indent. */
const ANY_KEY = /^[ \t]*#\+([A-Za-z_-]+)[ \t]*:/
const MADE = 'the header is missing; to let send write it, add --title TITLE, or give the text with -m TEXT'

/**
 * The corrected line for the first fault in a header. No text in it can control a terminal. Undefined for a valid
 * header.
 */
export function headerHint({ header, text, now }: FaultyHeader): string | undefined {
  const hint = hintFor(header, text, now)
  return hint && escapeAll(Array.from(hint).slice(0, LONGEST_SHOWN).join(''))
}

function hintFor(header: Header, text: string, now: number): string | undefined {
  const missing = missingFields(header)
  if (missing.length > 0) return misspelt(missing, text) ?? toAdd(missing, now)
  const field = firstFault(header)
  if (field === undefined) return undefined
  const line = `write: ${exampleLine(field, header.get(field) ?? '', now)}`
  return field === 'MESSAGE_TYPE' ? `${line} (one of ${MESSAGE_TYPES.join(', ')})` : line
}

function toAdd(missing: readonly string[], now: number): string {
  const lines = missing.map((field) => exampleLine(field, '', now)).join('; ')
  return missing.length > 3 ? MADE : `add: ${lines}`
}

/** The field that headerProblem, or send's own later checks, report. */
function firstFault(header: Header): string | undefined {
  const value = (field: string) => header.get(field) ?? ''
  if (!MESSAGE_TYPES.includes(value('MESSAGE_TYPE'))) return 'MESSAGE_TYPE'
  if (parseInteger(value('SEQUENCE')) === undefined) return 'SEQUENCE'
  if (parseTimestamp(value('TIMESTAMP')) === undefined) return 'TIMESTAMP'
  if (value('PROTOCOL_VERSION') !== PROTOCOL_VERSION) return 'PROTOCOL_VERSION'
  const conversation = value('CONVERSATION_ID')
  const isUsable = conversation !== '' && !conversation.includes('/') && !CONTROL_CHARACTER.test(conversation)
  return isUsable ? undefined : 'CONVERSATION_ID'
}

/** Fields that are present in an invalid spelling. */
function misspelt(missing: readonly string[], text: string): string | undefined {
  const lines = text.slice(0, SEARCHED).split('\n')
  for (const [index, line] of lines.entries()) {
    const key = ANY_KEY.exec(line)?.[1]
    const field = key?.toUpperCase().replaceAll('-', '_')
    if (key === undefined || field === undefined || !missing.includes(field)) continue
    if (line.startsWith(`#+${field}:`))
      return `line ${index + 1} (#+${field}:) comes too late: the first blank or other line ends the header`
    const shown = trim(line).split(':', 1)[0]
    return `write #+${field}: instead of ${shown}: (keys are upper case, at the start of the line)`
  }
  return frontMatterHint(lines, missing)
}

/** Front matter that is not recognized: it follows other lines, or lacks its `---`. */
function frontMatterHint(lines: readonly string[], missing: readonly string[]): string | undefined {
  const at = lines.findIndex((line) => {
    const key = /^([A-Za-z_-]+):(?:[ \t]|\r?$)/.exec(line)?.[1]
    return key !== undefined && missing.includes(key.toUpperCase().replaceAll('-', '_'))
  })
  if (at < 0) return undefined
  const line = `line ${at + 1} (${trim(lines[at] ?? '').split(':', 1)[0]}:)`
  const isMarked = lines.slice(0, at).some((before) => /^---[ \t]*\r?$/.test(before))
  return isMarked
    ? `${line} is front matter: its --- must be the first line of the file, with no header of another kind`
    : `${line} is not a header line: begin it with #+, or put a line --- above the first and below the last`
}

/** A field's line with a good value: the given one corrected if possible, else an example. */
function exampleLine(field: string, value: string, now: number): string {
  return `#+${field}: ${exampleValue(field, value, now)}`
}

function exampleValue(field: string, value: string, now: number): string {
  switch (field) {
    case 'TITLE':
      return 'Three sacks of flour'
    case 'CONVERSATION_ID':
      return value === '' ? 'three-sacks' : slugOf(value)
    case 'MESSAGE_TYPE':
      return value === '' ? 'request' : nearestType(value)
    case 'SEQUENCE':
      return /\d{1,9}/.exec(value)?.[0] ?? '1'
    case 'TIMESTAMP':
      return withOffset(value, now)
    default:
      return PROTOCOL_VERSION
  }
}

/** The message type most similar to a word. */
export function nearestType(word: string): string {
  const [first = 'request', ...others] = MESSAGE_TYPES
  return nearestOf(word, [first, ...others])
}

/** Usually a timestamp lacks only its offset. */
function withOffset(value: string, now: number): string {
  const local = localIso(now)
  const completed = value + local.slice(-'+00:00'.length)
  return parseTimestamp(completed) === undefined ? local : completed
}
