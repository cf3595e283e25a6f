import { shellQuote } from './shell'

/** The invisible mark that some editors put before a text, as UTF-8. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf])
const FIELD = Buffer.from('#+')
const COLON = 0x3a

/** The index of a text after its byte order marks. */
function startOf(bytes: Uint8Array): number {
  let start = 0
  while (MARK.equals(bytes.subarray(start, start + MARK.length))) start += MARK.length
  return start
}

/** Whether a byte order mark precedes the first field of a header. Then no reader sees that field (contract B60). */
export function hidesFirstField(message: Uint8Array): boolean {
  const start = startOf(message)
  const key = start + FIELD.length
  if (start === 0 || !FIELD.equals(message.subarray(start, key))) return false
  let end = key
  while (isInKey(message[end])) end++
  return end > key && message[end] === COLON
}

/** A to Z and `_`. */
function isInKey(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x41 && byte <= 0x5a) || byte === 0x5f)
}

export function withoutByteOrderMark(text: Uint8Array): Uint8Array {
  return text.subarray(startOf(text))
}

/** A line for a POSIX shell that removes a mark from the top of a file. */
export function removeByteOrderMark(path: string): string {
  const [from, to] = [shellQuote(path), shellQuote(`${path}.new`)]
  return `tail -c +${MARK.length + 1} ${from} >${to} && mv ${to} ${from}`
}
