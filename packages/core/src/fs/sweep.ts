import { type BigIntStats, lstatSync, rmdirSync, unlinkSync } from 'node:fs'
import { toPath } from '../text/raw-name'
import { joinPath } from './paths'
import { isOurs, RealFolder } from './real-folder'
import { hasCode } from './system-error'

/**
 * Everything that removes stands here, in real-folder.ts and in durable.ts, and nowhere else (contract B48). What a
 * killed process left is removed only if it is provably ours: by the whole form of its name, its kind, its owner and
 * its age, in a real folder of ours that no link leads to. A folder in which anything else lies is left alone.
 */
export interface Leftovers {
  /** The whole names that only we give, so anchored at both ends. */
  readonly named: RegExp
  /** For folders: the names of the files and sockets that we write into them. */
  readonly holding?: RegExp
  /** Milliseconds since it changed last: a day, if nothing else is said. */
  readonly olderThan?: number
  /** Other names of the same file go with it, unless what `needs` tells is there. */
  readonly twins?: { readonly named: RegExp; readonly needs: (name: string) => string }
}

/** Milliseconds after which what is unfinished is that of a process which was killed. */
const STALE_AFTER = 24 * 60 * 60 * 1000

/** A folder that may hold leftovers. */
export interface SweptFolder {
  readonly path: string
  /** No link may lie on the way from here to the folder; undefined where links above the folder do no harm. */
  readonly below?: string
  /** Others may make files there: the system's folder for temporary files. */
  readonly isShared?: true
}

/**
 * Removes leftovers; `now` in milliseconds since the epoch. `names` spares listing the folder once more. What cannot
 * be removed stays, and whoever comes next tries again: no command fails for it.
 */
export function sweep(
  { path, below, isShared }: SweptFolder,
  leftovers: Leftovers,
  now: number,
  names?: readonly string[],
): void {
  if (names !== undefined && !names.some((name) => leftovers.named.test(name))) return
  const folder = below === undefined ? RealFolder.open(path) : RealFolder.openBelow(below, path)
  if (folder === undefined) return
  try {
    if (!folder.isOurs && isShared === undefined) return
    const all = names ?? folder.names()
    for (const name of all) if (leftovers.named.test(name)) removeLeftover(folder, name, leftovers, now, all)
  } catch {
    // It has vanished, or cannot be read.
  } finally {
    folder.close()
  }
}

function removeLeftover(
  folder: RealFolder,
  name: string,
  { holding, olderThan = STALE_AFTER, twins }: Leftovers,
  now: number,
  names: readonly string[],
): void {
  try {
    const found = folder.lookAt(name)
    if (found === undefined || !isOurs(found) || now - Number(found.mtimeMs) <= olderThan) return
    if (holding !== undefined) removeContents(folder, name, found, holding)
    else if (found.isFile()) {
      if (twins !== undefined && found.nlink > 1n) removeTwins(folder, found, twins, names)
      folder.removeFile(name)
    }
  } catch {
    // Somebody else was quicker, or it is not to be removed: the others are.
  }
}

function removeTwins(
  folder: RealFolder,
  { dev, ino }: BigIntStats,
  { named, needs }: NonNullable<Leftovers['twins']>,
  names: readonly string[],
): void {
  for (const name of names) {
    if (!named.test(name) || folder.lookAt(needs(name)) !== undefined) continue
    const found = folder.lookAt(name)
    if (found?.dev === dev && found.ino === ino) folder.removeFile(name)
  }
}

/** Removes a folder if all that lies in it is of that form. */
function removeContents(folder: RealFolder, name: string, found: BigIntStats, holding: RegExp): void {
  const inner = folder.child(name)
  if (inner === undefined) return
  try {
    const names = inner.names()
    if (inner.stats.ino !== found.ino || !names.every((held) => isOwnFile(inner, held, holding))) return
    for (const held of names) if (isOwnFile(inner, held, holding)) inner.removeFile(held)
  } finally {
    inner.close()
  }
  folder.removeIfEmpty(name)
}

function isOwnFile(folder: RealFolder, name: string, form: RegExp): boolean {
  const found = form.test(name) ? folder.lookAt(name) : undefined
  return found !== undefined && (found.isFile() || found.isSocket()) && isOurs(found)
}

/**
 * Removes what this process made in a folder, and the folder, which must be no link; what is of another form stays,
 * and so does the folder then. Links above it do no harm: the names are known. Whether it is gone now. Throws the
 * system's error. The names in `written` are removed also where no more files can be opened, which listing a folder
 * needs: only for a folder that no other user can change.
 */
export function removeOwnFolder(path: string, holding: RegExp, written: readonly string[] = []): boolean {
  removeByName(path, written)
  if (removeIfEmpty(path)) return true
  const folder = RealFolder.open(path)
  if (folder === undefined) return false
  try {
    for (const name of folder.names()) if (isOwnFile(folder, name, holding)) folder.removeFile(name)
  } finally {
    folder.close()
  }
  return removeIfEmpty(path)
}

function removeByName(path: string, names: readonly string[]): void {
  const found =
    names.length === 0 ? undefined : lstatSync(toPath(path), { bigint: true, throwIfNoEntry: false })
  if (found === undefined || !found.isDirectory() || !isOurs(found)) return
  for (const name of names) {
    try {
      unlinkSync(toPath(joinPath(path, name)))
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
  }
}

/** Removes a folder unless something lies in it. Whether it is gone now. Throws the system's error. */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(toPath(path))
    return true
  } catch (error) {
    // A link, or a file, is no folder.
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) return false
    if (!hasCode(error, 'ENOENT')) throw error
    return true
  }
}

/** Removes that very name, which may be a link to anything, for its user has asked for it. Throws the system's error. */
export function removeAsAsked(path: string): void {
  unlinkSync(toPath(path))
}
