import type { Block, Span, Text } from './blocks'
import type { Document } from './document'

/** The page in Markdown, for those who read it on the web or without `man`. */
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
