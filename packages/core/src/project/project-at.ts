import type { Context } from '../command/context'
import { folderContains, isLink, listNamesIfReadable, realPath } from '../fs/folder'
import { fileName, joinPath, pathParts } from '../fs/paths'
import { sortText } from '../text/python-text'
import { CONTROL_CHARACTER } from '../text/terminal'
import { projectFolder, USUAL_INBOX } from './layout'
import type { Projects } from './projects'

/** The current folder without links, and the path that led there, if known. */
export interface Standpoint {
  readonly cwd: string | undefined
  /** `PWD`, or the folder that an agent named. It counts only if it leads to `cwd`. */
  readonly pwd: string | undefined
}

/**
 * The name of the project that contains a folder, the same for all commands (contract B57): the name of the folder or
 * link below a root. If several links lead to one project, the one in `pwd` counts, else the folder itself, else the
 * first link. Outside the roots, peers.toml may place it. Undefined if no project contains it.
 */
export function projectAt({ cwd, pwd }: Standpoint, projects: Projects): string | undefined {
  if (cwd === undefined) return undefined
  const { roots } = projects
  return (
    (pwd === undefined || pwd === cwd ? undefined : namedBy(pwd, cwd, roots)) ??
    nameBelow(cwd, roots.map(realPath)) ??
    nameByLink(cwd, roots) ??
    nameByPlace(cwd, projects)
    // Linked worktrees in other places belong here (contract B78).
  )
}

/** The sender: the name for the file name, and the project of that name if the folder is in one. */
export interface Sender {
  readonly name: string
  readonly project: string | undefined
}

/**
 * The project that contains the working folder, by the name that all commands use (contract B57); else the folder's own
 * name; else, if that name is not usable, the host's (contract B8, C16).
 */
export function findSender(context: Context, projects: Projects): Sender {
  const cwd = context.cwd()
  const project = projectAt({ cwd, pwd: context.env.PWD }, projects)
  if (project !== undefined && isUsable(project)) return { name: project, project }
  const isRoot = projects.roots.some((root) => realPath(root) === cwd)
  const name = cwd === undefined || isRoot ? '' : fileName(cwd)
  return { name: isUsable(name) ? name : context.hostName, project: undefined }
}

function isUsable(name: string): boolean {
  return name !== '' && !CONTROL_CHARACTER.test(name)
}

/** Uses the path that led there: only a folder below a root that really holds the other counts. */
function namedBy(pwd: string, cwd: string, roots: readonly string[]): string | undefined {
  if (!pwd.startsWith('/') || realPath(pwd) !== cwd) return undefined
  const bases = innermostFirst([...new Set([...roots, ...roots.map(realPath)])])
  for (const base of bases) {
    const name = nameBelow(pwd, [base])
    if (name !== undefined && folderContains(realPath(`${base}/${name}`), cwd)) return name
  }
  return undefined
}

/** Roots may be nested: the innermost names the project. */
function nameBelow(path: string, roots: readonly string[]): string | undefined {
  const [root] = innermostFirst(roots.filter((base) => path.startsWith(`${base}/`)))
  return root === undefined ? undefined : pathParts(path.slice(root.length))[0]
}

function nameByLink(cwd: string, roots: readonly string[]): string | undefined {
  // Only links need a check: any other folder of a root holds only files below that root.
  const links = roots.flatMap((root) =>
    sortText(listNamesIfReadable(root))
      .filter((name) => !name.startsWith('.') && isLink(joinPath(root, name)))
      .map((name) => ({ name, real: realPath(joinPath(root, name)) })),
  )
  return innermost(links.filter(({ real }) => folderContains(real, cwd)))
}

function nameByPlace(cwd: string, { placed }: Projects): string | undefined {
  const found = placed.map(({ folder, project }) => ({
    name: project,
    real: realPath(folder.endsWith(USUAL_INBOX) ? projectFolder(folder) : folder),
  }))
  return innermost(found.filter(({ real }) => folderContains(real, cwd)))
}

function innermost(found: readonly { readonly name: string; readonly real: string }[]): string | undefined {
  return [...found].sort((a, b) => b.real.length - a.real.length)[0]?.name
}

function innermostFirst(folders: readonly string[]): string[] {
  return [...folders].sort((a, b) => b.length - a.length)
}
