import { isUtf8 } from 'node:buffer'
import { readdirSync } from 'node:fs'
import { toBytes, toPath } from './raw-name'

/** A file in a folder: its name as text, and the path by which it can be opened, whatever its name's bytes. */
export interface FolderEntry {
  readonly name: string
  readonly path: string | Buffer
}

/** What is in a folder, in no order. Names that are not UTF-8 are told as Python tells them. */
export function listFolder(folder: string): FolderEntry[] {
  const names = readdirSync(toPath(folder))
  // Decoding has put this in for bytes it could not read: such a name leads to no file.
  if (folder.isWellFormed() && !names.some((name) => name.includes('\ufffd')))
    return names.map((name) => ({ name, path: `${folder}/${name}` }))
  const prefix = toBytes(`${folder}/`)
  return readdirSync(toPath(folder), { encoding: 'buffer' }).map((bytes) => {
    return { name: decodeName(bytes), path: Buffer.concat([prefix, bytes]) }
  })
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
