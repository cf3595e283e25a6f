import { LINE_END, trim } from '../text/python-text'

/** The `#+KEY: value` fields at the top of a message. */
export type Header = ReadonlyMap<string, string>

export interface HeaderReading {
  readonly header: Header
  /** False while more text could still add fields: the header is not closed by a line that ends it. */
  readonly closed: boolean
}

/** What else than a line feed ends a line. */
const OTHER_LINE_END = /[\v\f\r\x1c-\x1e\x85\u2028\u2029]/
const FIELD = /^#\+([A-Z_]+):/
const COULD_BECOME_FIELD = /^(?:#(?:\+[A-Z_]*)?)?$/

/**
 * Reads the header at the top of `text` as the protocol has it: lines before the first field are skipped;
 * after one field, a blank or any other line closes it; of a repeated key the last one counts. Reads no
 * further than the closing line. `complete` says that no text follows, so that an unfinished last line counts.
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

/** Splits at all line ends but the line feed. A carriage return at the end belongs to the line feed after it. */
function splitFurther(line: string): string[] {
  return (line.endsWith('\r') ? line.slice(0, -1) : line).split(LINE_END)
}

/** Whether a line closes the header, however it goes on: a long one need not be read to its end. */
function closesUnfinished(line: string, header: Map<string, string>): boolean {
  const parts = line.split(LINE_END)
  const last = parts.pop() ?? ''
  if (parts.some((part) => closesHeader(part, header))) return true
  return header.size > 0 && !FIELD.test(last) && !COULD_BECOME_FIELD.test(last)
}

/** Takes a field into the header; true if the line is none and the header has begun. */
function closesHeader(line: string, header: Map<string, string>): boolean {
  const field = FIELD.exec(line)
  if (field === null) return header.size > 0
  header.set(field[1] ?? '', trim(line.slice(field[0].length)))
  return false
}
