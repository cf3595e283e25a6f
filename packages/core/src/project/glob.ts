import { type Dirent, lstat, readdir, stat } from 'node:fs'
import { decodeName, toPath } from '../text/raw-name'

type Callback<Result> = (error: NodeJS.ErrnoException | null, result: Result) => void

/** The file system as fast-glob asks for it, with names whatever their bytes are (see raw-name.ts). */
export const rawFileSystem = {
  lstat: ((path: string, callback: Callback<unknown>) => lstat(toPath(path), callback)) as typeof lstat,
  stat: ((path: string, callback: Callback<unknown>) => stat(toPath(path), callback)) as typeof stat,
  readdir: ((path: string, _: unknown, callback: Callback<Dirent[]>) =>
    readdir(toPath(path), { encoding: 'buffer', withFileTypes: true }, (error, found) =>
      callback(error, error === null ? found.map(decodeEntry) : []),
    )) as unknown as typeof readdir,
}

function decodeEntry(entry: Dirent<Buffer>): Dirent {
  return Object.assign(entry as Dirent<string | Buffer>, { name: decodeName(entry.name) }) as Dirent
}
