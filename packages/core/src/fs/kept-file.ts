import { accessSync, chmodSync, chownSync, constants, lstatSync, realpathSync, statSync } from 'node:fs'
import { decodeName, toPath } from '../text/raw-name'
import { makeMissing, remove, replaceFile, syncFolder } from './durable'
import { holdsBytes, isFile } from './files'
import { folderOf } from './paths'
import { isUnchanged, type Snapshot, takeSnapshot } from './snapshot'
import { removeIfEmpty } from './sweep'
import { hasCode, reasonOf } from './system-error'

/** Largest user file that is changed, in bytes. Settings usually have a few thousand. */
const LARGEST = 10 * 1024 * 1024

/** Why a file that belongs to somebody else is not read or changed. The message is the reason. */
export class KeptFileError extends Error {
  readonly problem: 'unreadable' | 'unwritable' | 'changed'

  constructor(problem: KeptFileError['problem'], reason: string, cause?: unknown) {
    super(reason, { cause })
    this.problem = problem
  }
}

/** A file that belongs to somebody else, before we change it. */
export interface FoundFile {
  /** The path that people use. */
  readonly path: string
  /** The file itself, behind symbolic links. */
  readonly target: string
  /** Undefined if there is no file. */
  readonly snapshot: Snapshot | undefined
}

/** Reads a file, if there is one. Throws KeptFileError `unreadable`, also for a dangling link. */
export function findFile(path: string): FoundFile {
  try {
    if (lstatSync(toPath(path), { throwIfNoEntry: false }) === undefined)
      return { path, target: absentTarget(path), snapshot: undefined }
    const target = realPath(path)
    return { path, target, snapshot: takeSnapshot(target, LARGEST) }
  } catch (error) {
    throw new KeptFileError('unreadable', reasonOf(error), error)
  }
}

/**
 * Replaces the found file with these bytes, durably and at once: a reader sees either the old or the new file. Keeps
 * its mode, its owner and links to it; a new file gets `mode`, less the umask. Returns the folders that it made. Throws
 * KeptFileError `unwritable` or `changed`; then nothing is changed.
 */
export function replaceFound({ target, snapshot }: FoundFile, bytes: Uint8Array, mode = 0o666): string[] {
  let made: string[] = []
  try {
    requireWritable(nearestFolder(folderOf(target)))
    made = makeMissing(folderOf(target))
    if (snapshot !== undefined) requireWritable(target)
    const mayReplace = (temp: string) => {
      if (snapshot !== undefined) keepModeAndOwner(temp, target)
      if (isAsFound({ target, snapshot })) return true
      // Another process of ours may have written the same bytes already.
      if (isFile(target) && holdsBytes(target, Buffer.from(bytes))) return false
      throw changed()
    }
    replaceFile(target, bytes, { mode, mayReplace })
    for (const folder of made) syncFolder(folderOf(folder))
    return made
  } catch (error) {
    removeEmptyFolders(made)
    throw error instanceof KeptFileError ? error : new KeptFileError('unwritable', reasonOf(error), error)
  }
}

/** Removes what was found. Throws KeptFileError `unwritable` or `changed`. */
export function removeFile(file: FoundFile): void {
  const { target } = file
  try {
    requireWritable(folderOf(target))
    if (!isAsFound(file)) throw changed()
    remove(target)
    syncFolder(folderOf(target))
  } catch (error) {
    throw error instanceof KeptFileError ? error : new KeptFileError('unwritable', reasonOf(error), error)
  }
}

/** Removes the folders that are empty. The innermost is last in the list. */
export function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      if (!removeIfEmpty(folder)) return
    } catch {
      return
    }
  }
}

function changed(): KeptFileError {
  return new KeptFileError('changed', 'it changed meanwhile')
}

function isAsFound({ target, snapshot }: Omit<FoundFile, 'path'>): boolean {
  return snapshot === undefined
    ? lstatSync(toPath(target), { throwIfNoEntry: false }) === undefined
    : isUnchanged(snapshot)
}

/** Renaming needs no permission on the file, and root needs none at all. A read-only file must stay anyway. */
function requireWritable(path: string): void {
  if ((statSync(toPath(path)).mode & 0o222) === 0)
    throw Object.assign(new Error(`EACCES: read-only, open '${path}'`), { code: 'EACCES' })
  accessSync(toPath(path), constants.W_OK)
}

/** The folder, or the first folder above it that exists. */
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
      // We are not in the group. The file still keeps its owner.
      if (!hasCode(error, 'EPERM') || ours.uid !== uid) throw error
    }
  }
  chmodSync(toPath(temp), mode & 0o7777)
}

function realPath(path: string): string {
  return decodeName(realpathSync.native(toPath(path), { encoding: 'buffer' }))
}

/** The real path that a new file would have. Folders above may be links, or may not exist yet. */
function absentTarget(path: string): string {
  const folder = folderOf(path)
  const isThere = lstatSync(toPath(folder), { throwIfNoEntry: false }) !== undefined
  return `${isThere ? realPath(folder) : absentTarget(folder)}${path.slice(folder.length)}`
}
