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

/** An inbox on this machine and the project that it belongs to. */
export interface Inbox {
  readonly folder: string
  readonly project: string
}

/**
 * The projects of this machine and their inboxes: the folders in the roots, links to folders too, and what peers.toml
 * places elsewhere (contract B28, C16). Links are followed: ownership.ts says whose an inbox really is.
 */
export class Projects {
  /** Where projects are looked for: absolute paths, at least one. */
  readonly roots: readonly string[]
  readonly #home: string
  readonly #peers: PeersFile | undefined
  #placed: readonly Inbox[] | undefined

  /** Without `peers`, those in ~/projects. Throws Failure where the roots are malformed. */
  constructor({ home, projects }: Paths, peers?: PeersFile) {
    const roots = peers?.roots()?.map((root) => tidyPath(expandHome(root, home)))
    this.roots = roots === undefined ? [projects] : [...new Set(roots)]
    this.#home = home
    this.#peers = peers
  }

  /** By peers.toml. If that cannot be read, `err` is told, and these are the projects in ~/projects. */
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

  /** The inboxes that peers.toml places and that are there, in the order of the projects; none if one is malformed. */
  get placed(): readonly Inbox[] {
    try {
      this.#placed ??= this.#findPlaced()
    } catch (error) {
      // One malformed project is no reason to refuse to send to another.
      if (!(error instanceof Failure)) throw error
      this.#placed = []
    }
    return this.#placed
  }

  /** The inboxes in the roots, links or not, root by root in the order of their paths. */
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

  /** The folders of projects; of placed ones only those in the usual layout. */
  folders(): { readonly name: string; readonly path: string }[] {
    const placed = this.placed.filter(({ folder }) => folder.endsWith(USUAL_INBOX))
    return [
      ...this.roots.flatMap(projectFoldersIn),
      ...placed.map(({ folder, project }) => ({ name: project, path: projectFolder(folder) })),
    ]
  }

  /** In the order of their names, each once. Throws Failure where peers.toml is malformed. */
  names(): string[] {
    const placed = this.#peers?.placedProjects().filter((project) => this.#isPlacedHere(project)) ?? []
    return sortText([
      ...new Set([...this.roots.flatMap(projectFoldersIn).map(({ name }) => name), ...placed]),
    ])
  }

  /**
   * The names that discover shows, in order: the folders in the roots with a `.ai` folder, hidden ones too, and the
   * placed projects. Tells `err` what it cannot look into.
   */
  discoverableNames(err: Context['err']): string[] {
    const inRoots = this.roots.flatMap((root) => discoverableIn(root, err))
    return sortText([...new Set([...inRoots, ...this.placed.map(({ project }) => project)])])
  }

  /**
   * Whether a project is there, or whether that cannot be told: the delivery says why then. Throws Failure where
   * peers.toml is malformed.
   */
  isThere(project: string): boolean {
    return this.#rootOf(project) !== undefined || this.#isPlacedHere(project)
  }

  /** The inbox of a project. If it is not there, it lies in the first root. Throws Failure where peers.toml is malformed. */
  inbox(project: string): string {
    const [first = ''] = this.roots
    // With one root there is nothing to look for.
    const root = this.roots.length > 1 ? (this.#rootOf(project) ?? first) : first
    return this.#place(project) ?? tidyPath(`${root}/${project}${USUAL_INBOX}`)
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

/** Most files of peers say nothing of this: then the parser need not be loaded. Escapes may spell anything. */
function mayPlaceInboxes(peersFile: string): boolean {
  try {
    const bytes = readRegularFile(peersFile)
    return ['inbox_path', 'roots', '\\u', '\\U'].some((text) => bytes.includes(text))
  } catch (error) {
    return !hasCode(error, 'ENOENT', 'ENOTDIR')
  }
}
