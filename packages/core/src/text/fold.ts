/** Columns of the terminals that texts for people are laid out for. */
export const SCREEN_WIDTH = 80

/**
 * Breaks a paragraph at blanks so that no line is longer than a screen is wide; what has no blank stays whole.
 * `start` is the column that the first line begins at.
 */
export function fold(text: string, indent = '', start = 0): string {
  return joinFolded(text.split(/(?<=\S) /), indent, '', start)
}

/** A word of a shell's line, its quotes and the blanks in them included. */
const SHELL_WORD = /(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g

/** Breaks a line for a shell between words, so that it can be pasted as it stands. */
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

/** The first `most` characters of a text, the last of them `…` where there are more. No character is cut in two. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text
  const head = text.slice(0, most - 1)
  return `${head.isWellFormed() || !text.isWellFormed() ? head : head.slice(0, -1)}…`
}
