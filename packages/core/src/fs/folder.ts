import { isUtf8 } from 'node:buffer'
import { readdirSync } from 'node:fs'
import { toPath } from '../text/raw-name'

/** The names in a folder, in no order; those that are not UTF-8 as Python tells them. Throws the system's error. */
export function listNames(folder: string): string[] {
  const path = toPath(folder)
  const names = readdirSync(path)
  // Decoding has put this in for bytes it could not read: such a name leads to no file.
  if (!names.some((name) => name.includes('\ufffd'))) return names
  return readdirSync(path, { encoding: 'buffer' }).map(decodeName)
}

/** The same; none where the folder is not there or cannot be read. */
export function listNamesIfReadable(folder: string): string[] {
  try {
    return listNames(folder)
  } catch {
    return []
  }
}

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
