import { lstatSync, mkdtempSync } from 'node:fs'
import { listNamesIfReadable } from '../fs/folder'
import { removeFolder } from '../fs/remove-folder'

const PREFIX = 'cross-agent-send-'
/** Milliseconds after which a folder is that of a sender which was killed. */
const STALE_AFTER = 24 * 60 * 60 * 1000

/** Makes a folder that only this user can look into, and returns its path. */
export function makePrivateFolder(tempFolder: string): string {
  return mkdtempSync(`${tempFolder}/${PREFIX}`)
}

/** Removes the private folders that killed senders of this user left; `now` in milliseconds (contract B47). */
export function removeStaleFolders(tempFolder: string, own: string, now: number): void {
  const { uid } = lstatSync(own)
  for (const name of listNamesIfReadable(tempFolder)) {
    if (!name.startsWith(PREFIX)) continue
    const path = `${tempFolder}/${name}`
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (!found?.isDirectory() || found.uid !== uid || now - found.mtimeMs <= STALE_AFTER) continue
    removeFolder(path)
  }
}
