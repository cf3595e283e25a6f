import { isUtf8 } from 'node:buffer'
import { readdirSync } from 'node:fs'
import { compareText, sortText } from './python-text'

/** A file in a folder: its name as text, and the path by which it can be opened, whatever its name's bytes. */
export interface FolderEntry {
  readonly name: string
  readonly path: string | Buffer
}

/**
 * What is in a folder under a name that ends with `suffix`, sorted by name. Names that are not UTF-8 are told
 * as Python tells them. Throws the system's error.
 */
export function listFolder(folder: string, suffix: string): FolderEntry[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(suffix))
  // Decoding has put this in for bytes it could not read: such a name leads to no file.
  if (!names.some((name) => name.includes('\ufffd')))
    return sortText(names).map((name) => ({ name, path: `${folder}/${name}` }))
  const prefix = Buffer.from(`${folder}/`)
  return readdirSync(folder, { encoding: 'buffer' })
    .map((bytes) => ({ name: decodeName(bytes), path: Buffer.concat([prefix, bytes]) }))
    .filter(({ name }) => name.endsWith(suffix))
    .sort((a, b) => compareText(a.name, b.name))
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
