import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { decodeName, toPath, UNDECODABLE } from '../text/raw-name'
import { hasCode } from './system-error'

/** The names in a folder, in no order; those that are not UTF-8 as Python tells them. Throws the system's error. */
export function listNames(folder: string): string[] {
  const path = toPath(folder)
  const names = readdirSync(path)
  // Decoding has put this in for bytes it could not read: such a name leads to no file.
  if (!names.some((name) => name.includes(UNDECODABLE))) return names
  return readdirSync(path, { encoding: 'buffer' }).map(decodeName)
}

/** The same; none where the folder is not there or cannot be read. */
export function listNamesIfReadable(folder: string): string[] {
  try {
    return listNames(folder)
  } catch {
    return []
  }
}

/** The same; none where the folder is not there. Throws the system's error. */
export function listNamesIfThere(folder: string): string[] {
  try {
    return listNames(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

/** The path of a folder without symbolic links; the path itself where that cannot be told. */
export function realPath(folder: string): string {
  try {
    return decodeName(realpathSync.native(toPath(folder), { encoding: 'buffer' }))
  } catch {
    return folder
  }
}

/** Whether a path is a folder or lies in it. Both are without links. */
export function folderContains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** Whether a path is a symbolic link, also one that leads nowhere. */
export function isLink(path: string): boolean {
  try {
    return lstatSync(toPath(path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false
  } catch {
    return false
  }
}
