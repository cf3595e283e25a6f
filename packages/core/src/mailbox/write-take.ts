import { lstatSync } from 'node:fs'
import { placeNew, remove, writeTemp } from '../fs/durable'
import { joinPath } from '../fs/paths'
import { toPath } from '../text/raw-name'
import type { TakeContent, TakeFile } from './take-file'

/** Not durable: after a power failure no process is left that has taken anything. False if the name is taken. */
export function placeTake(inbox: string, path: string, content: TakeContent): boolean {
  const temp = writeTemp(inbox, Buffer.from(takeText(content)), 0o600, false)
  try {
    return placeNew(temp, path)
  } finally {
    remove(temp)
  }
}

export function takePath({ inbox, name }: TakeFile): string {
  return joinPath(inbox, name)
}

/** Numbers begin anew when all takes of a key are over, so the name may be another take's by now. */
export function removeIfSame(file: TakeFile): void {
  const path = takePath(file)
  const found = lstatSync(toPath(path), { bigint: true, throwIfNoEntry: false })
  if (found?.ino === file.inode && Number(found.mtimeMs) === file.written) remove(path)
}

function takeText(content: TakeContent): string {
  return `${JSON.stringify({ version: 1, ...content })}\n`
}
