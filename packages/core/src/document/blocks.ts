/** A stretch of text in one style. `code` is what is typed or printed literally, `place` what stands for a value. */
export interface Span {
  readonly style: 'plain' | 'code' | 'strong' | 'place'
  readonly text: string
}

export type Text = readonly Span[]

/** A part of a document, one below the other. */
export type Block =
  | { readonly is: 'heading'; readonly level: 2 | 3; readonly text: Text }
  | { readonly is: 'paragraph'; readonly text: Text }
  | { readonly is: 'code'; readonly lines: readonly string[] }
  | { readonly is: 'list'; readonly items: readonly Text[] }
  /** Words, each with what it means. */
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
