import { statSync } from 'node:fs'
import { listNamesIfReadable } from '../fs/folder'
import { expandHome } from '../fs/home-path'
import { folderOf, type Paths, tidyPath } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import type { PeersFile } from '../peers/peers-file'
import { sortText } from '../text/python-text'
import { toPath } from '../text/raw-name'

const USUAL_INBOX = '/inbox/from-agents'

/** The projects of this machine: the folders in its roots, and those that peers.toml places (contract B28, C16). */
export interface LocalProjects {
  /** Where projects are looked for: absolute paths, at least one. */
  readonly roots: readonly string[]
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
