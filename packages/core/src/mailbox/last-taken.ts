import { lstatSync } from 'node:fs'
import { joinPath } from '../fs/paths'
import { MOVED_FOLDERS } from '../message/done-name'
import { toPath } from '../text/raw-name'
import { isWaitKey, readTakeName } from './take-name'

/**
 * When anybody last took, finished or put aside a message of an inbox, in milliseconds since the epoch: as far as its
 * takes and the folders `done/` and `aside/` show. Undefined if nothing shows it. `names` are all in the inbox.
 */
export function lastTaken(inbox: string, names: readonly string[]): number | undefined {
  const isTake = (name: string) => {
    const parts = readTakeName(name)
    return parts !== undefined && !isWaitKey(parts.key)
  }
  const traces = names.filter((name) => MOVED_FOLDERS.some((folder) => folder === name) || isTake(name))
  const times = traces.flatMap(
    (name) => lstatSync(toPath(joinPath(inbox, name)), { throwIfNoEntry: false })?.mtimeMs ?? [],
  )
  return times.length > 0 ? Math.max(...times) : undefined
}
