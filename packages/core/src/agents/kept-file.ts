import {
  type FoundFile,
  findFile as find,
  KeptFileError,
  removeFile as remove,
  replaceFound as replace,
} from '../fs/kept-file'
import { settingsChanged, settingsUnreadable, settingsUnwritable } from './settings-failure'

export { type FoundFile, removeEmptyFolders } from '../fs/kept-file'

/** As in `fs/`. Throws `settings-unreadable`, also for a dangling link. */
export function findFile(path: string): FoundFile {
  return failing(path, () => find(path))
}

/** As in `fs/`. Throws `settings-unwritable`, `settings-changed`; then nothing is changed. */
export function replaceFound(file: FoundFile, bytes: Uint8Array): string[] {
  return failing(file.path, () => replace(file, bytes))
}

/** As in `fs/`. Throws `settings-unwritable`, `settings-changed`. */
export function removeFile(file: FoundFile): void {
  failing(file.path, () => remove(file))
}

function failing<Result>(path: string, act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof KeptFileError)) throw error
    const { problem, message: reason, cause } = error
    if (problem === 'changed') throw settingsChanged({ path })
    throw (problem === 'unreadable' ? settingsUnreadable : settingsUnwritable)({ path, reason }, cause)
  }
}
