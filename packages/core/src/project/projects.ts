import type { Context } from '../command/context'
import { Failure, showFailure } from '../command/failure'
import { readRegularFile } from '../fs/files'
import { expandHome, type Paths, tidyPath } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import { type PeersFile, readPeersFile } from '../peers/peers-file'
import { compareText, sortText } from '../text/python-text'
import {
  discoverableIn,
  inboxesIn,
  isFolder,
  isFolderOrUnclear,
  projectFolder,
  projectFoldersIn,
  USUAL_INBOX,
} from './layout'

/** An inbox on this machine and its project. */
export interface Inbox {
  readonly folder: string
  readonly project: string
}

/**
 * The projects of this machine and their inboxes: the folders in the roots, including links to folders, and those that
 * peers.toml places elsewhere (contract B28, C16). Links are followed: ownership.ts finds an inbox's real owner.
 */
export class Projects {
  /** The folders to search for projects: absolute paths, at least one. */
  readonly roots: readonly string[]
  readonly #home: string
  readonly #peers: PeersFile | undefined
  #placed: readonly Inbox[] | undefined

  /** Without `peers`, uses those in ~/projects. Throws Failure if the roots are malformed. */
  constructor({ home, projects }: Paths, peers?: PeersFile) {
    const roots = peers?.roots()?.map((root) => tidyPath(expandHome(root, home)))
    this.roots = roots === undefined ? [projects] : [...new Set(roots)]
    this.#home = home
    this.#peers = peers
  }

  /** Uses peers.toml. If it cannot be read, warns through `err` and uses the projects in ~/projects. */
  static async read({ paths, err: usualErr }: Context, err = usualErr): Promise<Projects> {
    if (!mayPlaceInboxes(paths.peersFile)) return new Projects(paths)
    try {
      const projects = new Projects(paths, await readPeersFile(paths))
      projects.#placed = projects.#findPlaced()
      return projects
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      showFailure(error, err)
      return new Projects(paths)
    }
  }

  /** The existing inboxes that peers.toml places, in the order of the projects; none if one is malformed. */
  get placed(): readonly Inbox[] {
    try {
      this.#placed ??= this.#findPlaced()
    } catch (error) {
      // One malformed project must not prevent sending to another.
      if (!(error instanceof Failure)) throw error
      this.#placed = []
    }
    return this.#placed
  }

  /** The inboxes in the roots, including links, root by root, sorted by path. */
  inboxesInRoots(): Inbox[] {
    return this.roots.flatMap(inboxesIn)
  }

  /** All inboxes, each path once: a link counts as an inbox of the project that holds it. */
  inboxes(): Inbox[] {
    const inboxes = this.inboxesInRoots()
    if (this.placed.length === 0) return inboxes
    const known = new Set(inboxes.map(({ folder }) => tidyPath(folder)))
    return [...inboxes, ...this.placed.filter(({ folder }) => !known.has(folder))]
  }

  /** The project folders. For placed projects, only those in the usual layout. */
  folders(): { readonly name: string; readonly path: string }[] {
    const placed = this.placed.filter(({ folder }) => folder.endsWith(USUAL_INBOX))
    return [
      ...this.roots.flatMap(projectFoldersIn),
      ...placed.map(({ folder, project }) => ({ name: project, path: projectFolder(folder) })),
    ]
  }

  /** Sorted, each name once. Throws Failure if peers.toml is malformed. */
  names(): string[] {
    const placed = this.#peers?.placedProjects().filter((project) => this.#isPlacedHere(project)) ?? []
    return sortText([
      ...new Set([...this.roots.flatMap(projectFoldersIn).map(({ name }) => name), ...placed]),
    ])
  }

  /**
   * The names that discover shows, sorted: folders in the roots with a `.ai` folder, including hidden ones, and the
   * placed projects. Warns through `err` about folders that it cannot read.
   */
  discoverableNames(err: Context['err']): string[] {
    const inRoots = this.roots.flatMap((root) => discoverableIn(root, err))
    return sortText([...new Set([...inRoots, ...this.placed.map(({ project }) => project)])])
  }

  /**
   * Whether a project exists, or this cannot be determined: the delivery then says why. Throws Failure if peers.toml is
   * malformed.
   */
  isThere(project: string): boolean {
    return this.#rootOf(project) !== undefined || this.#isPlacedHere(project)
  }

  /**
   * The inbox of a project. If the project does not exist, its inbox is in the first root. Throws Failure if peers.toml
   * is malformed.
   */
  inbox(project: string): string {
    const [first = ''] = this.roots
    // With one root, no search is needed.
    const root = this.roots.length > 1 ? (this.#rootOf(project) ?? first) : first
    return this.#place(project) ?? tidyPath(`${root}/${project}${USUAL_INBOX}`)
  }

  /** Whether peers.toml says where the inbox of a project is. Throws Failure if that is malformed. */
  isPlaced(project: string): boolean {
    return this.#place(project) !== undefined
  }

  #rootOf(project: string): string | undefined {
    return this.roots.find((root) => isFolderOrUnclear(`${root}/${project}`))
  }

  #place(project: string): string | undefined {
    const path = this.#peers?.inboxPath(project)
    return path === undefined ? undefined : tidyPath(expandHome(path, this.#home))
  }

  #isPlacedHere(project: string): boolean {
    const inbox = this.#place(project)
    return inbox !== undefined && isFolderOrUnclear(projectFolder(inbox))
  }

  #findPlaced(): Inbox[] {
    const placed = (this.#peers?.placedProjects() ?? []).flatMap((project) => {
      const folder = this.#place(project)
      return folder?.startsWith('/') && isFolder(folder) ? [{ folder, project }] : []
    })
    return placed.sort((a, b) => compareText(a.project, b.project))
  }
}

/** Most peers files do not mention this: then the parser is not loaded. Escapes may hide any text. */
function mayPlaceInboxes(peersFile: string): boolean {
  try {
    const bytes = readRegularFile(peersFile)
    return ['inbox_path', 'roots', '\\u', '\\U'].some((text) => bytes.includes(text))
  } catch (error) {
    return !hasCode(error, 'ENOENT', 'ENOTDIR')
  }
}
