import { existsSync, statSync } from 'node:fs'
import { listNamesIfReadable, realPath } from '../fs/folder'
import { absolutePath, folderOf, joinPath } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import { decodeName, toPath } from '../text/raw-name'
import { CONTROL_CHARACTER } from '../text/terminal'
import { isFolder } from './layout'
import { rootForm, rootWord } from './root-form'

/** Where the roots are missing: the folder that somebody is in, or meant. */
export interface Surroundings {
  readonly folder: string | undefined
  readonly roots: readonly string[]
  readonly home: string
}

/** How many folders of one folder are looked at. This only happens when something else has failed. */
const MOST_FOLDERS = 1000

/** What to do if a folder's projects lie in no root (contract C34). Undefined if nothing shows that there are any. */
export function rootHint(where: Surroundings): string | undefined {
  const root = missingRoot(where)
  if (root === undefined) return undefined
  const { roots, home } = where
  const known = roots.map((folder) => rootForm(folder, home)).join(', ')
  return `projects are looked for in ${known}; to look in ${rootForm(root, home)} too: ${addRootLine(root, home)}`
}

/** The line that makes a folder a root, as it can be pasted into a shell. */
export function addRootLine(root: string, home: string): string {
  return `cross-agent-discover --add-root ${rootWord(root, home)}`
}

/**
 * The folder that should be a root: the one that holds the git repository of the given folder; else the given folder, if
 * it holds repositories itself; else the first folder above it that does (contract C34). Undefined if there is none, if
 * it is or lies in a root already, or if it should not be one.
 */
export function missingRoot({ folder, roots, home }: Surroundings): string | undefined {
  if (folder === undefined) return undefined
  const real = { folder: realPath(folder), home: realPath(home) }
  const root = rootOfRepository(real) ?? rootOfNeighbours(real)
  if (root === undefined || !mayBeRoot(root, real.home)) return undefined
  // A repository within a project is no project of its own.
  return roots.some((known) => holds(realPath(known), root)) ? undefined : root
}

/** Both without links. */
interface Real {
  readonly folder: string
  readonly home: string
}

function rootOfRepository({ folder, home }: Real): string | undefined {
  const inner = foldersUpTo(home, folder)
  const main = inner.map(mainWorktree).find((found) => found !== undefined)
  return main === undefined ? undefined : folderOf(main)
}

function rootOfNeighbours({ folder, home }: Real): string | undefined {
  return foldersUpTo(home, folder).find((path) => repositoriesIn(path) > 0)
}

/** A folder and those above it, but none that the home folder lies in. A home may be a repository, and hold some. */
function foldersUpTo(home: string, folder: string): string[] {
  if (folder === '/' || holds(folder, home)) return []
  return [folder, ...foldersUpTo(home, folderOf(folder))]
}

function holds(folder: string, inner: string): boolean {
  return inner === folder || inner.startsWith(joinPath(folder, ''))
}

/** peers.toml cannot hold each name. In a folder that all may write to, anybody could make a project. */
function mayBeRoot(root: string, home: string): boolean {
  if (root === '/' || (root !== home && holds(root, home))) return false
  if (!root.isWellFormed() || CONTROL_CHARACTER.test(root)) return false
  try {
    return (statSync(root).mode & 0o002) === 0
  } catch {
    return false
  }
}

/** How many folders in a folder are repositories, as far as it looks. */
export function repositoriesIn(folder: string): number {
  const names = listNamesIfReadable(folder).filter((name) => !name.startsWith('.'))
  return names.slice(0, MOST_FOLDERS).filter((name) => existsSync(toPath(`${folder}/${name}/.git`))).length
}

/**
 * The main worktree of the repository whose folder this is. Undefined if it is no such folder, or one of a submodule,
 * which belongs to the repository around it. Another worktree counts only if the main one knows it: else a folder that
 * somebody sent could name any place.
 */
function mainWorktree(folder: string): string | undefined {
  const git = `${folder}/.git`
  if (isFolder(git)) return folder
  const gitFolder = pathIn(git, folder)
  const main = /^(.*)\/\.git\/worktrees\/[^/]+$/.exec(gitFolder)?.[1]
  if (main === undefined) return undefined
  return pathIn(`${gitFolder}/gitdir`, gitFolder) === realPath(git) ? main : folder
}

/** The path that a file of git holds, without links. It may begin at `folder`. */
function pathIn(file: string, folder: string): string {
  const [line = ''] = textOf(file).split('\n')
  return realPath(absolutePath(line.replace(/^gitdir: /, ''), folder))
}

/** Bytes: such a file holds one path. */
const LONGEST_PATH = 8 * 1024

function textOf(path: string): string {
  try {
    return decodeName(takeSnapshot(path, LONGEST_PATH).bytes)
  } catch {
    return ''
  }
}
