import { LINE_END } from '../text/python-text'
import { readHeader } from './header'

/**
 * The body: all text of a message except the lines of the header and the blank line that closes it. Text above the
 * header is part of the body, although readers of the header skip it: nothing that was signed is hidden.
 */
export function bodyOf(text: string): string {
  let before = ''
  let start = 0
  let hasBegun = false
  for (const line of linesOf(text)) {
    const isField = readHeader(line, true).header.size > 0
    if (!isField && hasBegun) {
      const isBlank = /^[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+$/.test(line)
      return before + text.slice(isBlank ? start + line.length : start)
    }
    if (isField) hasBegun = true
    else before += line
    start += line.length
  }
  return before
}

/** The lines of a text, with their line ends. */
function* linesOf(text: string): Generator<string> {
  let start = 0
  for (const end of text.matchAll(LINE_END)) {
    yield text.slice(start, end.index + end[0].length)
    start = end.index + end[0].length
  }
  if (start < text.length) yield text.slice(start)
}
