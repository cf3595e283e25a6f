import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { toPath } from '../text/raw-name'
import { folderOf } from './paths'
import { hasCode } from './system-error'

/** The prefix of unfinished files. It hides them, and both old and new watchers know it. */
export const TEMP_PREFIX = '.tmp.'

/** The complete form of an unfinished file's name. */
export const TEMP_NAME = /^\.tmp\.[0-9a-z]+-[0-9a-z]+-\d+$/

let temps = 0

/**
 * Writes `bytes` to a new hidden file in `folder` and returns its path. If `isDurable`, the file is on disk by then.
 * Leaves nothing behind when it throws the system's error.
 */
export function writeTemp(folder: string, bytes: Uint8Array, mode = 0o600, isDurable = true): string {
  const path = `${folder}/${TEMP_PREFIX}${process.pid.toString(36)}-${process.hrtime.bigint().toString(36)}-${temps++}`
  const fd = openSync(toPath(path), 'wx', mode)
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
    if (isDurable) fsyncSync(fd)
  } catch (error) {
    remove(path)
    throw error
  } finally {
    closeSync(fd)
  }
  return path
}

/** Writes a temp file as `writeTemp` does, runs `use`, then removes the hidden name. */
export function withTemp<Outcome>(
  folder: string,
  bytes: Uint8Array,
  mode: number,
  use: (temp: string) => Outcome,
): Outcome {
  const temp = writeTemp(folder, bytes, mode)
  try {
    return use(temp)
  } finally {
    remove(temp)
  }
}

export interface Replacement {
  /** The permissions of the new file, less the umask. By default only its owner has access. */
  readonly mode?: number
  /** False if the file may be lost in a power failure. */
  readonly isDurable?: boolean
  /** Called with the new file before it replaces the old one. The old file stays if this returns false. */
  readonly mayReplace?: (temp: string) => boolean
}

/**
 * Replaces a file, or creates it. A reader sees either the old or the new file. The file is on disk when this returns.
 * Throws the system's error, or what `mayReplace` throws; no temp file stays then.
 */
export function replaceFile(
  path: string,
  bytes: Uint8Array,
  { mode, isDurable = true, mayReplace }: Replacement = {},
): void {
  const folder = folderOf(path)
  const temp = writeTemp(folder, bytes, mode, isDurable)
  try {
    if (mayReplace === undefined || mayReplace(temp)) renameSync(toPath(temp), toPath(path))
    else remove(temp)
  } catch (error) {
    remove(temp)
    throw error
  }
  if (isDurable) syncFolder(folder)
}

/**
 * Gives a temp file its name and never overwrites anything. Returns false if the name is taken. The hidden name may
 * stay. Without hard links, makes the file `claim` first, exclusively, to keep others away. `claim` is the name itself;
 * or another name, if nobody may see an empty file under `name`; or false, if the caller already holds such a claim.
 */
export function placeNew(temp: string, name: string, claim: string | false = name): boolean {
  const linked = link(temp, name)
  if (linked !== 'unsupported') return linked === 'linked'
  if (claim !== false && !claimEmpty(claim)) return false
  let isPlaced = false
  try {
    if (claim !== name && isTaken(name)) return false
    renameSync(toPath(temp), toPath(name))
    isPlaced = true
    return true
  } finally {
    if (claim !== false && (claim !== name || !isPlaced)) remove(claim)
  }
}

/** Makes the names in a folder durable. Ignores file systems that cannot do this for folders. */
export function syncFolder(folder: string): void {
  const fd = openSync(toPath(folder), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(fd)
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP')) throw error
  } finally {
    closeSync(fd)
  }
}

/** Makes a folder and all missing folders above it, durably. Throws the system's error. */
export function makeFolder(folder: string): void {
  for (const made of makeMissing(folder)) syncFolder(folderOf(made))
}

/**
 * Makes a folder and all missing folders above it, and returns the new ones. Throws the system's error. Node's own
 * recursive mkdir would throw a different error if a file system is full or read-only.
 */
export function makeMissing(folder: string): string[] {
  try {
    mkdirSync(toPath(folder))
    return [folder]
  } catch (error) {
    if (hasCode(error, 'EEXIST') && statSync(toPath(folder)).isDirectory()) return []
    if (!hasCode(error, 'ENOENT') || folderOf(folder) === folder) throw error
  }
  const above = makeMissing(folderOf(folder))
  return [...above, ...makeMissing(folder)]
}

/** Whether anything has this name, even a dangling link. */
export function isTaken(path: string): boolean {
  return lstatSync(toPath(path), { throwIfNoEntry: false }) !== undefined
}

/**
 * Gives a temp file a further name and never overwrites anything. `taken`: the name exists already. `unsupported`: the
 * file system has no hard links, or the name is on a different file system.
 */
export function link(temp: string, name: string): 'linked' | 'taken' | 'unsupported' {
  try {
    linkSync(toPath(temp), toPath(name))
    return 'linked'
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return 'taken'
    if (hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV')) return 'unsupported'
    throw error
  }
}

/** Makes an empty file. Returns false if the name is taken. Claims a name without hard links. */
export function claimEmpty(name: string): boolean {
  try {
    closeSync(openSync(toPath(name), 'wx', 0o600))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/**
 * Gives a file a hidden name in its folder, and returns that path; undefined if the file is gone. No cleaner takes the
 * new name for that of an unfinished file: the bytes are somebody's message.
 */
export function hideFile(path: string): string | undefined {
  const hidden = `${folderOf(path)}/${TEMP_PREFIX}moving.${process.pid.toString(36)}-${process.hrtime.bigint().toString(36)}-${temps++}`
  try {
    renameSync(toPath(path), toPath(hidden))
    return hidden
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Removes a file if it is there. */
export function remove(path: string): void {
  try {
    unlinkSync(toPath(path))
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
