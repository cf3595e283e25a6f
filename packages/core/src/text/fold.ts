/** Texts for people are laid out for terminals with this many columns. */
export const SCREEN_WIDTH = 80

/**
 * Breaks a paragraph at blanks so that no line is wider than the screen. A word is never broken. The first line begins
 * at column `start`.
 */
export function fold(text: string, indent = '', start = 0): string {
  return joinFolded(text.split(/(?<=\S) /), indent, '', start)
}

/** A word of a shell's line, with its quotes and the blanks inside them. */
const SHELL_WORD = /(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g

/** Breaks a line for a shell between words, so that it can be pasted unchanged. */
export function foldCommand(line: string, indent: string): string {
  return indent + joinFolded(line.match(SHELL_WORD) ?? [line], `${indent}  `, ' \\', indent.length)
}

function joinFolded(words: readonly string[], indent: string, end: string, start: number): string {
  const lines: string[] = []
  let line = ''
  let width = start
  for (const word of words) {
    const length = Array.from(word).length
    if (line !== '' && width + 1 + length + end.length > SCREEN_WIDTH) {
      lines.push(line + end)
      line = indent + word
      width = indent.length + length
    } else {
      width += length + (line === '' ? 0 : 1)
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].join('\n')
}

/** The first `most` characters of a text, the last one `…` if the text is longer. No character is cut in two. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text
  const head = text.slice(0, most - 1)
  return `${head.isWellFormed() || !text.isWellFormed() ? head : head.slice(0, -1)}…`
}
