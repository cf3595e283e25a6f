import { LINE_END, trim } from '../text/python-text'

/** The `#+KEY: value` fields at the top of a message. */
export type Header = ReadonlyMap<string, string>

export interface HeaderReading {
  readonly header: Header
  /** False while more text could still add fields, because no line has closed the header yet. */
  readonly closed: boolean
}

/** The line ends other than the line feed. */
const OTHER_LINE_END = /[\v\f\r\x1c-\x1e\x85\u2028\u2029]/
const FIELD = /^#\+([A-Z_]+):/
const COULD_BECOME_FIELD = /^(?:#(?:\+[A-Z_]*)?)?$/

/**
 * Reads the header at the top of `text`, by the rules of the protocol. Lines before the first field are skipped. After
 * it, any line that is not a field closes the header. If a key repeats, the last value wins. Nothing is read after the
 * closing line. `complete` says that no text follows, so an unfinished last line counts.
 */
export function readHeader(text: string, complete: boolean): HeaderReading {
  const header = new Map<string, string>()
  let start = 0
  while (start < text.length) {
    const end = text.indexOf('\n', start)
    if (end < 0 && !complete) return { header, closed: closesUnfinished(text.slice(start), header) }
    const line = text.slice(start, end < 0 ? undefined : end)
    if (OTHER_LINE_END.test(line)) {
      if (splitFurther(line).some((part) => closesHeader(part, header))) return { header, closed: true }
    } else if (closesHeader(line, header)) return { header, closed: true }
    start = end < 0 ? text.length : end + 1
  }
  return { header, closed: complete }
}

/** Splits at all line ends except the line feed. A final carriage return belongs to the line feed after it. */
function splitFurther(line: string): string[] {
  return (line.endsWith('\r') ? line.slice(0, -1) : line).split(LINE_END)
}

/** Whether a line closes the header, however it continues: a long line need not be read to its end. */
function closesUnfinished(line: string, header: Map<string, string>): boolean {
  const parts = line.split(LINE_END)
  const last = parts.pop() ?? ''
  if (parts.some((part) => closesHeader(part, header))) return true
  return header.size > 0 && !FIELD.test(last) && !COULD_BECOME_FIELD.test(last)
}

/** Adds a field to the header. True if the line is not a field and the header has begun. */
function closesHeader(line: string, header: Map<string, string>): boolean {
  const field = FIELD.exec(line)
  if (field === null) return header.size > 0
  header.set(field[1] ?? '', trim(line.slice(field[0].length)))
  return false
}
