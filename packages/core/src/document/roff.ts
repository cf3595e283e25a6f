import type { Document } from './document'
import { type Block, bareText, type Span, type Text } from './markdown'

/** Line width of the man page source, in characters. Longer words are not split. */
const WIDTH = 78

const FONTS = { plain: 'R', code: 'B', strong: 'B', place: 'I' } as const

/** Characters that roff would interpret, or print as a different character. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
}

/** A man page: the document's name and summary, then the blocks of its page. */
export function toManPage(
  { name, section, summary }: Document,
  page: readonly Block[],
  { product, version }: { readonly product: string; readonly version: string },
): string {
  const source = quote(`${product} ${version}`)
  return [
    '.\\" Made from the document and the option table of the command. Do not edit.',
    `.TH ${quote(name.toUpperCase())} ${section} "" ${source} "User Commands"`,
    // No stretched blanks and no broken words, because people search a page and copy from it.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${escapeRoff(name)} \\- ${escapeRoff(summary)}`,
    ...page.flatMap((block, at) => blockLines(block, page[at - 1])),
    '',
  ].join('\n')
}

function blockLines(block: Block, before: Block | undefined): string[] {
  // A heading already opens a paragraph. Checkers reject a second opening.
  const opening = before?.is === 'heading' ? [] : ['.PP']
  switch (block.is) {
    case 'heading':
      return block.level === 2
        ? [`.SH ${quote(bareText(block.text).toUpperCase())}`]
        : [`.SS ${quote(bareText(block.text))}`]
    case 'paragraph':
      return [...opening, ...textLines(block.text)]
    case 'code':
      return [...opening, '.RS 4', '.EX', ...block.lines.map((line) => guard(escapeRoff(line))), '.EE', '.RE']
    case 'list':
      return block.items.flatMap((item) => ['.IP \\(bu 2', ...textLines(item)])
    case 'terms':
      return block.items.flatMap(({ term, text }) => ['.TP', guard(styled(term)), ...textLines(text)])
  }
}

/** Splits a text into source lines. roff fills the lines again, so they may break at any blank. */
function textLines(text: Text): string[] {
  const lines: string[] = []
  for (const word of styled(text).split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.map(guard)
}

function styled(text: Text): string {
  return text
    .map(({ style, text }: Span) => {
      const escaped = escapeRoff(text)
      return style === 'plain' ? escaped : `\\f${FONTS[style]}${escaped}\\fR`
    })
    .join('')
}

/** A line that begins with a dot or an apostrophe would be a request. */
function guard(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line
}

/** Text that roff prints literally. The result is ASCII, because terminals differ on other characters. */
export function escapeRoff(text: string): string {
  return Array.from(text, (character) => ESCAPES[character] ?? beyondAscii(character)).join('')
}

function beyondAscii(character: string): string {
  const point = character.codePointAt(0) ?? 0
  return point < 0x7f ? character : `\\[u${point.toString(16).toUpperCase().padStart(4, '0')}]`
}

/** An argument of a request. */
function quote(text: string): string {
  return `"${escapeRoff(text).replaceAll('"', '\\(dq')}"`
}
