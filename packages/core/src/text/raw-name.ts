import { isUtf8 } from 'node:buffer'

/**
 * Names are text within the commands. Bytes of a name that are not UTF-8 stand in it as the lone surrogates
 * U+DC80 to U+DCFF, as in Python.
 */

/** What decoding puts in for bytes that are not UTF-8, where it keeps them not. */
export const UNDECODABLE = '\ufffd'

/** UTF-8, with each byte that is none as the lone surrogate U+DC80 to U+DCFF (Python's `surrogateescape`). */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let name = ''
  for (let start = 0; start < bytes.length; ) {
    const length = [1, 2, 3, 4].find(
      (size) => start + size <= bytes.length && isUtf8(bytes.subarray(start, start + size)),
    )
    name +=
      length === undefined
        ? String.fromCharCode(0xdc00 + (bytes[start] ?? 0))
        : bytes.toString('utf8', start, start + length)
    start += length ?? 1
  }
  return name
}

/** The bytes that `text` stands for. */
export function toBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  // Every second part is a run of escaped bytes, and the low half of each of its units is the byte.
  const parts = text.split(/([\udc80-\udcff]+)/u)
  return Buffer.concat(parts.map((part, index) => Buffer.from(part, index % 2 === 1 ? 'latin1' : 'utf8')))
}

/** The path by which the system finds what `path` names: itself, unless it holds bytes that are not UTF-8. */
export function toPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : toBytes(path)
}

/** What to do about a file that is not found where the system does not tell the bytes of our arguments. */
export function hintForUndecodable(path: string): string | undefined {
  return path.includes(UNDECODABLE)
    ? 'if its name is not UTF-8, rename it: it cannot be named here'
    : undefined
}

/** Such bytes as `\xff`, the form in which a shell takes them: `$'\xff'`. */
export function escapeBytes(text: string): string {
  if (text.isWellFormed()) return text
  return text.replace(/[\udc80-\udcff]/gu, (unit) => `\\x${(unit.charCodeAt(0) & 0xff).toString(16)}`)
}
