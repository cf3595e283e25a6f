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

/** What unfinished files are named: hidden, and known by this prefix to old and new watchers alike. */
export const TEMP_PREFIX = '.tmp.'

/** The whole form of such a name. */
export const TEMP_NAME = /^\.tmp\.[0-9a-z]+-[0-9a-z]+-\d+$/

let temps = 0

/**
 * Writes `bytes` to a new hidden file in `folder` and returns its path. It is on disk by then, unless it need not be
 * durable. Leaves nothing behind when it throws the system's error.
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

/** Writes a temp file as `writeTemp` does, for as long as `use` runs: afterwards nothing has its hidden name. */
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
  /** The permissions of the new file, less the umask: its owner's alone, if nothing else is said. */
  readonly mode?: number
  /** False where nobody minds if a power failure takes it. */
  readonly isDurable?: boolean
  /** Called with the new file before it takes the place of the old one. The old one stays where this returns false. */
  readonly mayReplace?: (temp: string) => boolean
}

/**
 * Puts a file in the place of another, or where none is: a reader sees the old or the new one. On disk when this
 * returns. Throws the system's error, or what `mayReplace` throws; no temp file stays then.
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
 * Gives a temp file its name, and never overwrites anything: false where the name is taken. The hidden name may stay.
 * Without hard links, `claim` is made first, exclusively, and keeps others away. It is the name itself, or another one
 * where nobody may see an empty file of that name, or false where the caller holds such a claim already.
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

/** Makes the names in a folder durable. File systems that cannot do that for folders are taken as they are. */
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

/** Makes a folder and what is missing above it, durably. Throws the system's error. */
export function makeFolder(folder: string): void {
  for (const made of makeMissing(folder)) syncFolder(folderOf(made))
}

/**
 * Makes a folder and what is missing above it; returns what was made. Throws the system's error, which node's
 * own way of doing this turns into another one where a file system is full or read-only.
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

/** Whether anything, also a dangling link, has this name. */
export function isTaken(path: string): boolean {
  return lstatSync(toPath(path), { throwIfNoEntry: false }) !== undefined
}

/**
 * Gives a temp file a further name, which never overwrites anything: `taken` where there is one already,
 * `unsupported` where the file system has no hard links, or the name lies on another one.
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

/** Makes an empty file of that name; false if the name is taken. The claim of a name without hard links. */
export function claimEmpty(name: string): boolean {
  try {
    closeSync(openSync(toPath(name), 'wx', 0o600))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
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
