import { isUtf8 } from 'node:buffer'

/**
 * Inside the commands, names are text. The lone surrogates U+DC80 to U+DCFF represent bytes that are not UTF-8, as in
 * Python.
 */

/** The replacement for bytes that are not UTF-8, if decoding does not keep them. */
export const UNDECODABLE = '\ufffd'

/** Decodes UTF-8. Any other byte becomes a lone surrogate U+DC80 to U+DCFF (Python's `surrogateescape`). */
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

/** The bytes that `text` represents. */
export function toBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  // Every second part is a run of escaped bytes, and the low half of each of its units is the byte.
  const parts = text.split(/([\udc80-\udcff]+)/u)
  return Buffer.concat(parts.map((part, index) => Buffer.from(part, index % 2 === 1 ? 'latin1' : 'utf8')))
}

/** The path to give to the system. It differs from `path` only if `path` holds bytes that are not UTF-8. */
export function toPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : toBytes(path)
}

/** The hint for a missing file on systems that do not give us the bytes of our arguments. */
export function hintForUndecodable(path: string): string | undefined {
  return path.includes(UNDECODABLE)
    ? 'if its name is not UTF-8, rename it: it cannot be named here'
    : undefined
}

/** Shows such bytes as `\xff`. A shell accepts them as `$'\xff'`. */
export function escapeBytes(text: string): string {
  if (text.isWellFormed()) return text
  return text.replace(/[\udc80-\udcff]/gu, (unit) => `\\x${(unit.charCodeAt(0) & 0xff).toString(16)}`)
}
