import { statSync } from 'node:fs'
import { Failure } from '../command/failure'
import { listNamesIfReadable } from '../fs/folder'
import { expandHome, folderOf, joinPath, type Paths, tidyPath } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import type { PeersFile } from '../peers/peers-file'
import { compareText, sortText } from '../text/python-text'
import { toPath } from '../text/raw-name'
import { isFolder } from './inboxes'

/** Where in the folder of a project its inbox lies. */
export const USUAL_INBOX = '/inbox/from-agents'

/** The projects of this machine: the folders in its roots, and those that peers.toml places (contract B28, C16). */
export interface LocalProjects {
  /** Where projects are looked for: absolute paths, at least one. */
  readonly roots: readonly string[]
  /** The inboxes that peers.toml places and that are there; none where it is malformed. */
  readonly placed: readonly { readonly folder: string; readonly project: string }[]
  /** Whether a project is there, or whether that cannot be told: the delivery says why then. */
  isThere(project: string): boolean
  /** In the order of their names, each once. */
  names(): string[]
  /** The inbox of a project, whether it is there or not: then in the first root. */
  inbox(project: string): string
}

/** The roots of peers.toml, else ~/projects. Throws Failure where they are malformed. */
export function projectRoots(peers: PeersFile, { home, projects }: Paths): readonly string[] {
  const roots = peers.roots()?.map((root) => tidyPath(expandHome(root, home)))
  return roots === undefined ? [projects] : [...new Set(roots)]
}

/** Throws Failure where peers.toml is malformed, also later. */
export function localProjects(peers: PeersFile, paths: Paths): LocalProjects {
  const { home } = paths
  const roots = projectRoots(peers, paths)
  const [first = paths.projects] = roots
  const rootOf = (project: string) => roots.find((root) => isFolderOrUnclear(`${root}/${project}`))
  const placed = (project: string) => {
    const path = peers.inboxPath(project)
    return path === undefined ? undefined : tidyPath(expandHome(path, home))
  }
  const isPlacedHere = (project: string) => {
    const inbox = placed(project)
    return inbox !== undefined && isFolderOrUnclear(projectFolder(inbox))
  }
  return {
    roots,
    // Looked for only where the working folder lies in no root.
    get placed() {
      return placedIfReadable(peers, home)
    },
    isThere: (project) => rootOf(project) !== undefined || isPlacedHere(project),
    names() {
      const found = roots.flatMap((root) =>
        listNamesIfReadable(root).filter(
          (name) => !name.startsWith('.') && isFolderOrUnclear(`${root}/${name}`),
        ),
      )
      return sortText([...new Set([...found, ...peers.placedProjects().filter(isPlacedHere)])])
    },
    inbox(project) {
      // With one root there is nothing to look for.
      const root = roots.length > 1 ? (rootOf(project) ?? first) : first
      return placed(project) ?? tidyPath(`${root}/${project}${USUAL_INBOX}`)
    },
  }
}

/** One malformed project is no reason to refuse to send to another. */
function placedIfReadable(peers: PeersFile, home: string): LocalProjects['placed'] {
  try {
    return placedInboxes(peers, home)
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

/** The folder that must be there for an inbox to be made: the project's in the usual layout, else the one above. */
export function projectFolder(inbox: string): string {
  const bare = inbox.replace(/\/+$/, '')
  return bare.endsWith(USUAL_INBOX) ? bare.slice(0, -USUAL_INBOX.length) : folderOf(bare)
}

function isFolderOrUnclear(path: string): boolean {
  try {
    return statSync(toPath(path), { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch (error) {
    return !hasCode(error, 'ENOTDIR', 'ENAMETOOLONG')
  }
}

/** The folders of projects in some roots, links to folders too, root by root in the order of their names. */
export function projectFoldersIn(roots: readonly string[]): { name: string; path: string }[] {
  return roots.flatMap((root) =>
    sortText(listNamesIfReadable(root).filter((name) => !name.startsWith('.'))).flatMap((name) => {
      const path = joinPath(root, name)
      return isFolderOrUnclear(path) ? [{ name, path }] : []
    }),
  )
}

/** The inboxes that peers.toml places and that are there, in the order of the projects. Throws Failure where it is malformed. */
export function placedInboxes(peers: PeersFile, home: string): { folder: string; project: string }[] {
  const placed = peers.placedProjects().flatMap((project) => {
    const folder = tidyPath(expandHome(peers.inboxPath(project) ?? '', home))
    return folder.startsWith('/') && isFolder(folder) ? [{ folder, project }] : []
  })
  return placed.sort((a, b) => compareText(a.project, b.project))
}
