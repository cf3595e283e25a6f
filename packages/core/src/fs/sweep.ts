import { type BigIntStats, lstatSync, rmdirSync, unlinkSync } from 'node:fs'
import { toPath } from '../text/raw-name'
import { joinPath } from './paths'
import { isOurs, RealFolder } from './real-folder'
import { hasCode } from './system-error'

/**
 * Only this file, real-folder.ts and durable.ts remove anything (contract B48). A killed process's leftover is removed
 * only if it is provably ours: by the complete form of its name, its kind, its owner and its age, in our own real
 * folder that no link leads to. A folder that holds anything else is left alone.
 */
export interface Leftovers {
  /** Matches complete names that only we give, so it is anchored at both ends. */
  readonly named: RegExp
  /** For folders: the names of the files and sockets that we write in them. */
  readonly holding?: RegExp
  /** Milliseconds since the last change. One day by default. */
  readonly olderThan?: number
  /** Other names of the same file are removed with it, unless the file that `needs` names exists. */
  readonly twins?: { readonly named: RegExp; readonly needs: (name: string) => string }
}

/** Milliseconds after which an unfinished file belongs to a killed process. */
const STALE_AFTER = 24 * 60 * 60 * 1000

/** A folder that may hold leftovers. */
export interface SweptFolder {
  readonly path: string
  /** The path from here to the folder must have no links. Undefined if links above the folder do no harm. */
  readonly below?: string
  /** Other users may make files there, as in the system's folder for temporary files. */
  readonly isShared?: true
}

/**
 * Removes leftovers. `now` is in milliseconds since the epoch. With `names`, the folder is not listed again. A leftover
 * that cannot be removed stays for the next command. No command fails because of it.
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
    // The folder has vanished, or cannot be read.
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
    // Another process removed it, or it cannot be removed. The sweep continues with the others.
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

/** Removes a folder if everything in it has that form. */
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
 * Removes what this process made in a folder, then the folder, which must not be a link. If files of another form are
 * in it, they and the folder stay. Links above it do no harm, because the names are known. Returns whether the folder
 * is gone. Throws the system's error. The names in `written` are removed even if no more files can be opened, which
 * listing a folder needs. Use `written` only for a folder that no other user can change.
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

/** Removes a folder if it is empty. Returns whether it is gone. Throws the system's error. */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(toPath(path))
    return true
  } catch (error) {
    // ENOTDIR: the path is a link or a file.
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) return false
    if (!hasCode(error, 'ENOENT')) throw error
    return true
  }
}

/** Removes exactly this name, even a link to anything, because the user asked for it. Throws the system's error. */
export function removeAsAsked(path: string): void {
  unlinkSync(toPath(path))
}
