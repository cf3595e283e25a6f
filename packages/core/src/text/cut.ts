/** The first `most` characters of a text, the last of them `…` where there are more. No character is cut in two. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text
  const head = text.slice(0, most - 1)
  return `${head.isWellFormed() || !text.isWellFormed() ? head : head.slice(0, -1)}…`
}
