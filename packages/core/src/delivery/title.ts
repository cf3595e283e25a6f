import { LINE_END, trim } from '../text/python-text'
import { CONTROL_CHARACTER } from '../text/terminal'

/** Characters (code points). */
const LONGEST_TITLE = 72
/** Heading marks of Markdown and org. */
const HEADING_MARK = /^(?:#{1,6}|\*+)[ \t]+/
const ANSWER_MARK = /^re:/i
const EVERY_CONTROL = new RegExp(`${CONTROL_CHARACTER.source}|[\\u2028\\u2029]`, 'g')

/** The first line of `text` with content, without heading marks, cut to 72 characters (contract C9). */
export function titleOf(text: string): string | undefined {
  // Line by line: the text may be long, and its title is usually in the first line.
  const ends = new RegExp(LINE_END.source, 'g')
  for (let start = 0; start < text.length; ) {
    const end = ends.exec(text)
    const line = text.slice(start, end?.index)
    const title = firstCharacters(oneLine(oneLine(line).replace(HEADING_MARK, '')))
    if (title !== '' && !/^(?:#{1,6}|\*+)$/.test(title)) return title
    if (end === null) return undefined
    start = end.index + end[0].length
  }
  return undefined
}

/** A given title as a field value: control characters become blanks, ends are trimmed; undefined if nothing is left. */
export function givenTitle(title: string): string | undefined {
  return oneLine(title) || undefined
}

/** The title of an answer; an answer to an answer keeps its own (contract C10). */
export function replyTitle(title: string): string {
  const plain = oneLine(title)
  return ANSWER_MARK.test(plain) ? plain : trim(`Re: ${plain}`)
}

function oneLine(text: string): string {
  return trim(text.replace(EVERY_CONTROL, ' '))
}

function firstCharacters(line: string): string {
  // At most twice as many units are needed: the line may be a whole file.
  return trim(
    Array.from(line.slice(0, 2 * LONGEST_TITLE))
      .slice(0, LONGEST_TITLE)
      .join(''),
  )
}
