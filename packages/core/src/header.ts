import { LINE_END, trim, trimEnd } from './python-text'

/** The `#+KEY: value` fields at the top of a message. */
export type Header = ReadonlyMap<string, string>

export interface HeaderReading {
  readonly header: Header
  /** False while more text could still add fields: the header is not closed by a line that ends it. */
  readonly closed: boolean
}

const FIELD = /^#\+([A-Z_]+):(.*)$/s

/**
 * Reads the header at the top of `text` as the protocol has it: lines before the first field are skipped;
 * after one field, a blank or any other line closes it; of a repeated key the last one counts. Reads no
 * further than the closing line. `complete` says that no text follows, so that an unfinished last line counts.
 */
export function readHeader(text: string, complete: boolean): HeaderReading {
  const header = new Map<string, string>()
  const lineEnd = new RegExp(LINE_END)
  let start = 0
  while (start < text.length) {
    const end = lineEnd.exec(text)
    if (end === null && !complete) return { header, closed: false }
    const line = trimEnd(text.slice(start, end?.index))
    const field = FIELD.exec(line)
    if (field !== null) header.set(field[1] ?? '', trim(field[2] ?? ''))
    else if (header.size > 0) return { header, closed: true }
    start = end === null ? text.length : lineEnd.lastIndex
  }
  return { header, closed: complete }
}
