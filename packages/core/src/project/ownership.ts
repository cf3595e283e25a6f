import { folderContains, realPath } from '../fs/folder'
import { pathParts, tidyPath } from '../fs/paths'
import { projectFolder, USUAL_INBOX } from './layout'
import type { Inbox, Projects } from './projects'

/** A project folder: its path as found, and without links. */
interface ProjectFolder {
  readonly name: string
  readonly path: string
  readonly real: string
}

/**
 * The owners of this machine's inboxes (contract B50). A repository may hold links, but its author must not get another
 * project's mail through one. The real place of a folder decides, unless peers.toml names its owner.
 */
export class Ownership {
  readonly #projects: Projects
  #given: readonly (Inbox & { readonly real: string })[] | undefined
  #folders: readonly ProjectFolder[] | undefined
  #roots: readonly string[] | undefined

  constructor(projects: Projects) {
    this.#projects = projects
  }

  /** All inboxes that belong to the projects whose names they are found under, or those of one project. */
  inboxes(wanted?: string): Inbox[] {
    const inRoots = this.#projects.inboxesInRoots()
    const isInRoot = ({ folder, project }: Inbox) =>
      inRoots.some((inbox) => inbox.project === project && tidyPath(inbox.folder) === folder)
    // peers.toml may give an inbox below a root to another project as well.
    const all = [...inRoots, ...this.#projects.placed.filter((inbox) => !isInRoot(inbox))]
    return all.filter((inbox) => (wanted === undefined || inbox.project === wanted) && this.owns(inbox))
  }

  /** Whether an inbox belongs to the project whose name it was found under. */
  owns({ folder, project }: Inbox): boolean {
    const real = realPath(folder)
    const given = this.#givenTo(real)
    if (given.length > 0) return given.includes(project)
    this.#roots ??= this.#projects.roots.map(realPath)
    // Nearly all are in the expected place: then no other project needs a check.
    if (this.#roots.some((root) => real === `${root}/${project}${USUAL_INBOX}`)) return true
    return this.#ownersOf(real).includes(project)
  }

  /** The projects that own a folder as an inbox: several may share one. None if no project knows it. */
  ownersOf(folder: string): readonly string[] {
    const real = realPath(folder)
    const given = this.#givenTo(real)
    return given.length > 0 ? given : this.#ownersOf(real)
  }

  /** The names of the innermost project that contains a folder without links. */
  projectsHolding(real: string): readonly string[] {
    const holding = this.#allFolders().filter((project) => folderContains(project.real, real))
    const depth = Math.max(...holding.map((project) => project.real.length))
    return namesOf(holding.filter((project) => project.real.length === depth))
  }

  /** Whether a folder without links is a root of projects. */
  isRoot(real: string): boolean {
    this.#roots ??= this.#projects.roots.map(realPath)
    return this.#roots.includes(real)
  }

  /** Whether a folder without links is any project's inbox. */
  isInbox(real: string): boolean {
    if (real.endsWith(USUAL_INBOX) || this.#givenTo(real).length > 0) return true
    return this.#linkingTo(real).some((name) => this.#ownersOf(real).includes(name))
  }

  #ownersOf(real: string): readonly string[] {
    const usual = this.#allFolders().filter((project) => real === project.real + USUAL_INBOX)
    if (usual.length > 0) return namesOf(usual)
    const holding = this.projectsHolding(real)
    return holding.length > 0 ? holding : this.#linkingTo(real)
  }

  #linkingTo(real: string): readonly string[] {
    const linking = this.#allFolders().filter(({ path }) => realPath(path + USUAL_INBOX) === real)
    const placed = this.#projects.placed.filter(({ folder }) => realPath(folder) === real)
    return [...new Set([...namesOf(linking), ...placed.map(({ project }) => project)])]
  }

  /** The projects to which peers.toml gives an inbox. */
  #givenTo(real: string): readonly string[] {
    this.#given ??= this.#projects.placed.flatMap((inbox) => {
      const found = { ...inbox, real: realPath(inbox.folder) }
      return isGiven(found, this.#projects.roots) ? [found] : []
    })
    return this.#given.filter((inbox) => inbox.real === real).map(({ project }) => project)
  }

  #allFolders(): readonly ProjectFolder[] {
    this.#folders ??= this.#projects.folders().map((folder) => ({ ...folder, real: realPath(folder.path) }))
    return this.#folders
  }
}

/** If peers.toml names a place in a project, links within that project are the project's own choice. */
function isGiven({ folder, real }: Inbox & { readonly real: string }, roots: readonly string[]): boolean {
  const base = folder.endsWith(USUAL_INBOX) ? projectFolder(folder) : projectAbove(folder, roots)
  return base === undefined || folderContains(realPath(base), real)
}

function projectAbove(folder: string, roots: readonly string[]): string | undefined {
  const root = roots.find((candidate) => folder.startsWith(`${candidate}/`))
  return root && tidyPath(`${root}/${pathParts(folder.slice(root.length))[0] ?? ''}`)
}

function namesOf(projects: readonly ProjectFolder[]): string[] {
  return [...new Set(projects.map(({ name }) => name))]
}
