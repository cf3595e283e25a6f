import { makeFolder, remove, replaceFile } from '../fs/durable'
import { joinPath, type Paths } from '../fs/paths'
import { toBytes } from '../text/raw-name'
import type { ProjectRecord } from './project-record'
import { digest } from './record-store'

/** Writes what status reads. Throws the system's error. */
export function publishHeld(
  { heldWakes: folder }: Paths,
  project: string,
  { heldBack }: ProjectRecord,
  now: number,
): void {
  const path = joinPath(folder, `${digest(project)}.json`)
  const held = heldBack.filter(({ until }) => until > now)
  if (held.length === 0) {
    remove(path)
    return
  }
  makeFolder(folder)
  const lines = held.map(({ conversation, until }) => ({ project, conversation, until }))
  replaceFile(path, toBytes(`${JSON.stringify(lines)}\n`))
}
