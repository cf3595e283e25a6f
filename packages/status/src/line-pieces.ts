import { columnsOf, cutToColumns } from '@cac/core/text/width'

/** Text in a colour: the number of the terminal's sequence. */
export type Piece = readonly [text: string, colour?: string | undefined]

/** As much of a line as fits into so many columns. */
export function cutPieces(pieces: readonly Piece[], columns: number): Piece[] {
  const cut: Piece[] = []
  let left = columns
  for (const [index, [text, colour]] of pieces.entries()) {
    const width = columnsOf(text)
    const isLast = pieces.slice(index + 1).every(([rest]) => rest.trim() === '')
    if (width < left || (width === left && isLast)) {
      cut.push([text, colour])
      left -= width
      continue
    }
    cut.push([cutToColumns(width === left ? `${text}..` : text, left), colour])
    break
  }
  return cut
}

export function paint([text, colour]: Piece, isColoured: boolean): string {
  return isColoured && colour !== undefined && text.trim() !== '' ? `\x1b[${colour}m${text}\x1b[0m` : text
}
