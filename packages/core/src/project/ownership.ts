import { folderContains, realPath } from '../fs/folder'
import { pathParts, tidyPath } from '../fs/paths'
import { projectFolder, USUAL_INBOX } from './layout'
import type { Inbox, Projects } from './projects'

/** A folder of a project, as its name is found and without links. */
interface ProjectFolder {
  readonly name: string
  readonly path: string
  readonly real: string
}

/**
 * Whose the inboxes of this machine are (contract B50). A repository may hold links, and whoever wrote it is not to get
 * the mail of another project by one: where a folder really lies decides, unless peers.toml says whose it is.
 */
export class Ownership {
  readonly #projects: Projects
  #given: readonly (Inbox & { readonly real: string })[] | undefined
  #folders: readonly ProjectFolder[] | undefined
  #roots: readonly string[] | undefined

  constructor(projects: Projects) {
    this.#projects = projects
  }

  /** All inboxes that belong to the projects under whose names they are found, or those of one project. */
  inboxes(wanted?: string): Inbox[] {
    const inRoots = this.#projects.inboxesInRoots()
    const isInRoot = ({ folder, project }: Inbox) =>
      inRoots.some((inbox) => inbox.project === project && tidyPath(inbox.folder) === folder)
    // An inbox that is found below a root may be given to another project, too.
    const all = [...inRoots, ...this.#projects.placed.filter((inbox) => !isInRoot(inbox))]
    return all.filter((inbox) => (wanted === undefined || inbox.project === wanted) && this.owns(inbox))
  }

  /** Whether an inbox belongs to the project under whose name it was found. */
  owns({ folder, project }: Inbox): boolean {
    const real = realPath(folder)
    const given = this.#givenTo(real)
    if (given.length > 0) return given.includes(project)
    this.#roots ??= this.#projects.roots.map(realPath)
    // Nearly all lie where they are looked for: then no other project need be asked for.
    if (this.#roots.some((root) => real === `${root}/${project}${USUAL_INBOX}`)) return true
    return this.#ownersOf(real).includes(project)
  }

  /** The projects that a folder belongs to as an inbox: several share one. None where no project knows it. */
  ownersOf(folder: string): readonly string[] {
    const real = realPath(folder)
    const given = this.#givenTo(real)
    return given.length > 0 ? given : this.#ownersOf(real)
  }

  /** The names of the innermost project that a folder without links lies in. */
  projectsHolding(real: string): readonly string[] {
    const holding = this.#allFolders().filter((project) => folderContains(project.real, real))
    const depth = Math.max(...holding.map((project) => project.real.length))
    return namesOf(holding.filter((project) => project.real.length === depth))
  }

  /** Whether a folder without links is one in which projects are looked for. */
  isRoot(real: string): boolean {
    this.#roots ??= this.#projects.roots.map(realPath)
    return this.#roots.includes(real)
  }

  /** Whether a folder without links is an inbox of somebody. */
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

/** Where peers.toml names a place in a project, a link within that project is the project's own doing. */
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
