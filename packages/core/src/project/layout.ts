import { existsSync, statSync } from 'node:fs'
import type { Context } from '../command/context'
import { listNames, listNamesIfReadable } from '../fs/folder'
import { folderOf, joinPath } from '../fs/paths'
import { hasCode, reasonOf } from '../fs/system-error'
import { sortText } from '../text/python-text'
import { toPath } from '../text/raw-name'

/** The inbox's path in its project folder. */
export const USUAL_INBOX = '/inbox/from-agents'

/** The folder that must exist before an inbox is made: the project's in the usual layout, else the parent. */
export function projectFolder(inbox: string): string {
  const bare = inbox.replace(/\/+$/, '')
  return bare.endsWith(USUAL_INBOX) ? bare.slice(0, -USUAL_INBOX.length) : folderOf(bare)
}

/** The project folders in a root, including links to folders, sorted by name. */
export function projectFoldersIn(root: string): { readonly name: string; readonly path: string }[] {
  return sortText(listNamesIfReadable(root).filter((name) => !name.startsWith('.'))).flatMap((name) => {
    const path = joinPath(root, name)
    return isFolderOrUnclear(path) ? [{ name, path }] : []
  })
}

/**
 * The inboxes of the projects in a root, sorted by path. Reads folders directly: matching the default glob with a
 * library takes several times as long as the rest of a run.
 */
export function inboxesIn(root: string): { readonly folder: string; readonly project: string }[] {
  const inboxes: string[] = []
  for (const name of listNamesIfReadable(root)) {
    if (name.startsWith('.')) continue
    // With the slash at the end, only a folder exists.
    const inbox = `${root}/${name}${USUAL_INBOX}/`
    if (existsSync(toPath(inbox))) inboxes.push(inbox)
  }
  return sortText(inboxes).map((folder) => ({
    folder,
    project: folder.slice(root.length + 1, -USUAL_INBOX.length - 1),
  }))
}

/**
 * The folders in a root that have a `.ai` folder, including hidden ones, unsorted. Warns about folders that it cannot
 * read.
 */
export function discoverableIn(root: string, err: Context['err']): string[] {
  const look = <Found>(path: string, how: (path: string) => Found): Found | undefined => {
    try {
      return how(path)
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) {
        err(`warning: cannot look into ${path}: ${reasonOf(error)}`)
      }
      return undefined
    }
  }
  const names = look(root, listNames) ?? []
  return names.filter((name) => look(`${root}/${name}/.ai`, (path) => statSync(toPath(path)).isDirectory()))
}

export function isFolder(path: string): boolean {
  try {
    return statSync(toPath(path)).isDirectory()
  } catch {
    return false
  }
}

/** Whether a path is a folder, or this cannot be determined. */
export function isFolderOrUnclear(path: string): boolean {
  try {
    return statSync(toPath(path), { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch (error) {
    return !hasCode(error, 'ENOTDIR', 'ENAMETOOLONG')
  }
}
