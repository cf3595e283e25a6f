import { readFileSync } from 'node:fs'
import { toBytes, toPath } from '../text/raw-name'
import { makeMissing, remove, replaceFile } from './durable'
import { folderOf } from './paths'
import { removeIfEmpty } from './sweep'
import { hasCode } from './system-error'

/** The permissions of each file: anybody may read it. */
const MODE = 0o644

/** Files that are written together: all of them, or none. */
export class FileSet {
  /** The former content of each file. Undefined if there was no file. */
  readonly #former: (readonly [path: string, bytes: Buffer | undefined])[] = []
  readonly #madeFolders: string[] = []

  /** Writes all files. They are on disk when this returns. Throws the system's error; then all is as before. */
  write(files: readonly (readonly [path: string, text: string])[]): void {
    try {
      for (const [path, text] of files) {
        this.#madeFolders.push(...makeMissing(folderOf(path)))
        this.#former.push([path, bytesAt(path)])
        replaceFile(path, toBytes(text), { mode: MODE })
      }
    } catch (error) {
      this.restore()
      throw error
    }
  }

  /** Restores the former state. */
  restore(): void {
    for (const [path, bytes] of this.#former.reverse()) {
      if (bytes === undefined) remove(path)
      else replaceFile(path, bytes, { mode: MODE })
    }
    for (const folder of this.#madeFolders.reverse()) removeIfEmpty(folder)
  }
}

function bytesAt(path: string): Buffer | undefined {
  try {
    return readFileSync(toPath(path))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
