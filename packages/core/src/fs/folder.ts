import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { decodeName, toPath, UNDECODABLE } from '../text/raw-name'
import { hasCode } from './system-error'

/** The names in a folder, in no order. Decodes names that are not UTF-8 as Python does. Throws the system's error. */
export function listNames(folder: string): string[] {
  const path = toPath(folder)
  const names = readdirSync(path)
  // Node's decoding replaced bytes that are not UTF-8. Such a name does not lead to its file.
  if (!names.some((name) => name.includes(UNDECODABLE))) return names
  return readdirSync(path, { encoding: 'buffer' }).map(decodeName)
}

/** The same, but empty if the folder is missing or cannot be read. */
export function listNamesIfReadable(folder: string): string[] {
  try {
    return listNames(folder)
  } catch {
    return []
  }
}

/** The same, but empty if the folder is missing. Throws the system's error. */
export function listNamesIfThere(folder: string): string[] {
  try {
    return listNames(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

/** The path of a folder without symbolic links. The given path if that is unknown. */
export function realPath(folder: string): string {
  try {
    return decodeName(realpathSync.native(toPath(folder), { encoding: 'buffer' }))
  } catch {
    return folder
  }
}

/** Whether a path is this folder or lies in it. Both paths must be without links. */
export function folderContains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** Whether a path is a symbolic link, even a dangling one. */
export function isLink(path: string): boolean {
  try {
    return lstatSync(toPath(path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false
  } catch {
    return false
  }
}
