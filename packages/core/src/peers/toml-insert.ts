import type { BracketPlace, TablePlace } from './toml-places'

/** A text of TOML, and how its lines end. */
export interface Layout {
  readonly text: string
  readonly eol: string
}

/** Adds items at the end of a list, or members at the end of an inline table. */
export function withItems(
  { text, eol }: Layout,
  { kind, start, end, last, comma }: BracketPlace,
  items: string,
): string {
  const after = last === undefined ? start + 1 : Math.max(last.end, comma ?? 0)
  if (last === undefined && kind === 'inline')
    return insert(text, after, ` ${items}${after === end ? ' ' : ''}`)
  if (!text.slice(after, end).includes('\n'))
    return last === undefined ? insert(text, after, items) : insert(text, last.end, `, ${items}`)
  // A comment on the last item's line stays with that item.
  const lineEnd = after + (/\r?\n/.exec(text.slice(after))?.index ?? 0)
  const indent =
    last !== undefined && isFirstOnLine(text, last.start)
      ? indentOf(text, last.start)
      : `${indentOf(text, start)}  `
  const line = `${eol}${indent}${items}`
  const isCommaMissing = last !== undefined && comma === undefined
  const added = insert(text, lineEnd, comma === undefined ? line : `${line},`)
  return isCommaMissing ? insert(added, last.end, ',') : added
}

/** Adds a line after the last key of a table. */
export function withKey({ text, eol }: Layout, { path, lastKey, end }: TablePlace, line: string): string {
  if (path?.length === 0 && lastKey === undefined) return `${line}${eol}${text}`
  const lineEnd = end + (/\r?\n|$/.exec(text.slice(end))?.index ?? 0)
  const indent = lastKey === undefined ? '' : indentOf(text, lastKey)
  return insert(text, lineEnd, `${eol}${indent}${line}`)
}

/** Adds lines at the end of the file, after a blank line. A file without a newline at its end stays so. */
export function withLines({ text, eol }: Layout, lines: readonly string[]): string {
  const added = lines.join(eol)
  if (text === '') return added + eol
  if (!text.endsWith('\n')) return `${text}${eol}${eol}${added}`
  return `${text}${/\n\r?\n$/.test(text) ? '' : eol}${added}${eol}`
}

function insert(text: string, at: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at)
}

function isFirstOnLine(text: string, at: number): boolean {
  return indentOf(text, at).length === at - (text.lastIndexOf('\n', at - 1) + 1)
}

function indentOf(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? ''
}
