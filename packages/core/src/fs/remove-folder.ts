import { lstatSync, rmdirSync } from 'node:fs'
import { toPath } from '../text/raw-name'
import { remove } from './durable'
import { listNamesIfThere } from './folder'
import { hasCode } from './system-error'

/**
 * Removes a folder with all that is in it, if it is there, also while others do the same. Throws the system's error.
 * node's own `rmSync` throws errors without a code from version 26 on, and then cannot remove an empty folder when no
 * more files can be opened.
 */
export function removeFolder(folder: string): void {
  try {
    removeEmpty(folder)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
    for (const name of listNamesIfThere(folder)) {
      const path = `${folder}/${name}`
      if (lstatSync(toPath(path), { throwIfNoEntry: false })?.isDirectory()) removeFolder(path)
      else remove(path)
    }
    removeEmpty(folder)
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(toPath(folder))
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
