/** Characters of a piece: whatever is made of each of them, it fits into memory and into a string. */
const PIECE = 1024 * 1024

/** Whether a text is better written piece by piece: escaped it may be longer than any string (contract B74). */
export function isLong(text: string): boolean {
  return text.length > PIECE
}

/** A text in pieces, none of which ends within a character. */
export function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = start + PIECE
    const next = end < text.length && isHigh(text.charCodeAt(end - 1)) ? end - 1 : end
    yield start === 0 && next >= text.length ? text : text.slice(start, next)
    start = next
  }
}

/** The first of two units that are one character. */
function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
