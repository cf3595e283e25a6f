import { accessSync, chmodSync, chownSync, constants, lstatSync, realpathSync, statSync } from 'node:fs'
import { makeMissing, remove, replaceFile, syncFolder } from '../fs/durable'
import { holdsBytes, isFile } from '../fs/files'
import { folderOf } from '../fs/paths'
import { isUnchanged, type Snapshot, takeSnapshot } from '../fs/snapshot'
import { removeIfEmpty } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { decodeName, toPath } from '../text/raw-name'
import { SettingsFailure, settingsChanged, settingsUnreadable, settingsUnwritable } from './settings-failure'

/** Bytes of the largest file of a user's that is changed: settings are some thousand. */
const LARGEST = 10 * 1024 * 1024

/** A file that belongs to somebody else, as it was found. */
export interface FoundFile {
  /** What people call it. */
  readonly path: string
  /** The file itself, behind symbolic links. */
  readonly target: string
  /** Undefined where there is no file. */
  readonly snapshot: Snapshot | undefined
}

/** Reads a file, or finds that there is none. A link to nothing is no absent file. Throws `settings-unreadable`. */
export function findFile(path: string): FoundFile {
  try {
    if (lstatSync(toPath(path), { throwIfNoEntry: false }) === undefined)
      return { path, target: absentTarget(path), snapshot: undefined }
    const target = realPath(path)
    return { path, target, snapshot: takeSnapshot(target, LARGEST) }
  } catch (error) {
    throw settingsUnreadable({ path, reason: reasonOf(error) }, error)
  }
}

/**
 * Puts bytes in the place of what was found, durably and at once: a reader sees the old or the new file. Mode and
 * owner stay, links to it too. Returns the folders that it had to make. Throws `settings-unwritable`,
 * `settings-changed`, with nothing changed.
 */
export function replaceFound({ path, target, snapshot }: FoundFile, bytes: Uint8Array): string[] {
  let made: string[] = []
  try {
    requireWritable(nearestFolder(folderOf(target)))
    made = makeMissing(folderOf(target))
    if (snapshot !== undefined) requireWritable(target)
    const mayReplace = (temp: string) => {
      if (snapshot !== undefined) keepModeAndOwner(temp, target)
      if (isAsFound({ target, snapshot })) return true
      // Another installation may have been quicker, with the same result.
      if (isFile(target) && holdsBytes(target, Buffer.from(bytes))) return false
      throw settingsChanged({ path })
    }
    replaceFile(target, bytes, { mode: 0o666, mayReplace })
    for (const folder of made) syncFolder(folderOf(folder))
    return made
  } catch (error) {
    removeEmptyFolders(made)
    if (error instanceof SettingsFailure) throw error
    throw settingsUnwritable({ path, reason: reasonOf(error) }, error)
  }
}

/** Removes what was found. Throws `settings-unwritable`, `settings-changed`. */
export function removeFile(file: FoundFile): void {
  const { path, target } = file
  try {
    requireWritable(folderOf(target))
    if (!isAsFound(file)) throw settingsChanged({ path })
    remove(target)
    syncFolder(folderOf(target))
  } catch (error) {
    if (error instanceof SettingsFailure) throw error
    throw settingsUnwritable({ path, reason: reasonOf(error) }, error)
  }
}

/** Removes folders, the innermost last in the list, as far as nothing is in them. */
export function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      if (!removeIfEmpty(folder)) return
    } catch {
      return
    }
  }
}

function isAsFound({ target, snapshot }: Omit<FoundFile, 'path'>): boolean {
  return snapshot === undefined
    ? lstatSync(toPath(target), { throwIfNoEntry: false }) === undefined
    : isUnchanged(snapshot)
}

/** Renaming needs no permission on the file, and root needs none at all: what is read-only is meant to stay. */
function requireWritable(path: string): void {
  if ((statSync(toPath(path)).mode & 0o222) === 0)
    throw Object.assign(new Error(`EACCES: read-only, open '${path}'`), { code: 'EACCES' })
  accessSync(toPath(path), constants.W_OK)
}

/** The folder, or the first above it that is there. */
function nearestFolder(folder: string): string {
  const isThere = statSync(toPath(folder), { throwIfNoEntry: false }) !== undefined
  return isThere || folderOf(folder) === folder ? folder : nearestFolder(folderOf(folder))
}

function keepModeAndOwner(temp: string, target: string): void {
  const { mode, uid, gid } = statSync(toPath(target))
  const ours = statSync(toPath(temp))
  if (ours.uid !== uid || ours.gid !== gid) {
    try {
      chownSync(toPath(temp), uid, gid)
    } catch (error) {
      // A group that we are not in: the file stays its owner's.
      if (!hasCode(error, 'EPERM') || ours.uid !== uid) throw error
    }
  }
  chmodSync(toPath(temp), mode & 0o7777)
}

function realPath(path: string): string {
  return decodeName(realpathSync.native(toPath(path), { encoding: 'buffer' }))
}

/** Where a file would be made: the folders above may be links, or not there yet. */
function absentTarget(path: string): string {
  const folder = folderOf(path)
  const isThere = lstatSync(toPath(folder), { throwIfNoEntry: false }) !== undefined
  return `${isThere ? realPath(folder) : absentTarget(folder)}${path.slice(folder.length)}`
}
