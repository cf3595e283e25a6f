import type { Document } from './document'

/** A piece of text in one style. `code` is typed or printed literally. `place` stands for a value. */
export interface Span {
  readonly style: 'plain' | 'code' | 'strong' | 'place'
  readonly text: string
}

export type Text = readonly Span[]

/** One of the parts that follow each other in a document. */
export type Block =
  | { readonly is: 'heading'; readonly level: 2 | 3; readonly text: Text }
  | { readonly is: 'paragraph'; readonly text: Text }
  | { readonly is: 'code'; readonly lines: readonly string[] }
  | { readonly is: 'list'; readonly items: readonly Text[] }
  /** Words, each with its meaning. */
  | { readonly is: 'terms'; readonly items: readonly { readonly term: Text; readonly text: Text }[] }

export const plain = (text: string): Span => ({ style: 'plain', text })
export const code = (text: string): Span => ({ style: 'code', text })
export const place = (text: string): Span => ({ style: 'place', text })

/** The text without its styles. */
export function bareText(text: Text): string {
  return text.map((span) => span.text).join('')
}

export function heading(level: 2 | 3, text: string): Block {
  return { is: 'heading', level, text: [plain(text)] }
}

export function paragraph(text: string): Block {
  return { is: 'paragraph', text: [plain(text)] }
}

/**
 * Reads the Markdown of the documents: headings of levels 2 and 3, paragraphs, fenced code, and lists of one level.
 * A list item that begins with code and a colon is a word with its meaning. Throws on anything else, so that the man
 * page loses nothing.
 */
export function parseBlocks(markdown: string): Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? ''
    if (line === '') at++
    else if (line.startsWith('```')) {
      const end = lines.indexOf('```', at + 1)
      if (end < 0) throw new Error(`code that does not end: line ${at + 1}`)
      blocks.push({ is: 'code', lines: lines.slice(at + 1, end) })
      at = end + 1
    } else {
      const end = endOfRun(lines, at)
      blocks.push(parseRun(lines.slice(at, end)))
      at = end
    }
  }
  return blocks
}

/** The end of the lines that belong together. */
function endOfRun(lines: readonly string[], start: number): number {
  if (lines[start]?.startsWith('#')) return start + 1
  const end = lines.findIndex((line, at) => at > start && (line === '' || line.startsWith('```')))
  return end < 0 ? lines.length : end
}

function parseRun(lines: readonly string[]): Block {
  const [first = ''] = lines
  const title = /^(##|###) (.+)$/.exec(first)
  if (title !== null)
    return { is: 'heading', level: title[1] === '##' ? 2 : 3, text: parseText(title[2] ?? '') }
  if (first.startsWith('- ')) return parseList(lines)
  const odd = lines.find((line) => /^(#|\||>|\s|\d+\. |\* |<)/.test(line))
  if (odd !== undefined) throw new Error(`not one of the forms that documents are written in: ${odd}`)
  return { is: 'paragraph', text: parseText(lines.join(' ')) }
}

function parseList(lines: readonly string[]): Block {
  const items: string[] = []
  for (const line of lines) {
    if (line.startsWith('- ')) items.push(line.slice(2))
    else if (/^ {2}[^ -]/.test(line)) items.push(`${items.pop()} ${line.trim()}`)
    else throw new Error(`not an item of a list: ${line}`)
  }
  const terms = items.map((item) => /^((?:`[^`]+`(?:, )?)+): (.+)$/.exec(item))
  if (!terms.every((term) => term !== null)) return { is: 'list', items: items.map(parseText) }
  return {
    is: 'terms',
    items: terms.map(([, term = '', text = '']) => ({ term: parseText(term), text: parseText(text) })),
  }
}

/** Code, strong text, emphasized text and links. Only the text of a link is kept. */
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\([^)]+\)/g

function parseText(text: string): Text {
  const spans: Span[] = []
  let end = 0
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) spans.push(plain(text.slice(end, match.index)))
    spans.push(spanOf(match))
    end = match.index + match[0].length
  }
  return end < text.length ? [...spans, plain(text.slice(end))] : spans
}

function spanOf([, code, strong, place, link = '']: RegExpExecArray): Span {
  if (code !== undefined) return { style: 'code', text: code }
  if (strong !== undefined) return { style: 'strong', text: strong }
  return place === undefined ? plain(link) : { style: 'place', text: place }
}

/** The page in Markdown, for people who read it on the web or without `man`. */
export function toMarkdown({ name, summary }: Document, page: readonly Block[]): string {
  const parts = page.map(blockText)
  return `${[`# ${name}`, `${escapeMarkdown(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}`)}.`, ...parts].join('\n\n')}\n`
}

function blockText(block: Block): string {
  switch (block.is) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${styled(block.text)}`
    case 'paragraph':
      return styled(block.text)
    case 'code':
      return ['```sh', ...block.lines, '```'].join('\n')
    case 'list':
      return block.items.map((item) => `- ${styled(item)}`).join('\n')
    case 'terms':
      return block.items.map(({ term, text }) => `- ${styled(term)}: ${styled(text)}`).join('\n')
  }
}

function styled(text: Text): string {
  return text.map(styledSpan).join('')
}

function styledSpan({ style, text }: Span): string {
  if (style === 'code') return `\`${text}\``
  const escaped = escapeMarkdown(text)
  if (style === 'plain') return escaped
  return style === 'strong' ? `**${escaped}**` : `*${escaped}*`
}

/** Text that Markdown shows as it stands. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_<>[\]#|]/g, '\\$&')
}
