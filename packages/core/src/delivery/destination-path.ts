import type { Context } from '../command/context'
import { realPath } from '../fs/folder'
import { absolutePath, expandHome, tidyPath } from '../fs/paths'
import { isFolder, projectFolder } from '../project/layout'
import { projectAt } from '../project/project-at'
import type { Projects } from '../project/projects'

/** The folder that a destination names as a path. Undefined if it is not written as one, or there is no such folder. */
export function folderNamed(text: string, { home, cwd }: Context): string | undefined {
  if (!text.includes('/') && !['.', '..', '~'].includes(text)) return undefined
  const path = tidyPath(absolutePath(expandHome(text, home), cwd()))
  return path.startsWith('/') && isFolder(path) ? path : undefined
}

/** The project that a folder has to do with. */
interface ProjectOfFolder {
  readonly name: string
  /** Whether this is the project's own folder. If not, it lies in the project, or only has the same name. */
  readonly isThat: boolean
}

/**
 * The project whose folder this is (contract C34), or else one that it may be mistaken for: messages must not go to
 * another folder than the one that was named. Undefined if it has to do with no project.
 */
export function projectOfFolder(folder: string, projects: Projects): ProjectOfFolder | undefined {
  const real = realPath(folder)
  const around = projectAt({ cwd: real, pwd: folder }, projects)
  // An inbox in an unusual place does not show how far its project goes.
  const names = [...(around === undefined ? [] : [around]), ...projects.placed.map(({ project }) => project)]
  const name = names.find(
    (known) => projects.isThere(known) && realPath(projectFolder(projects.inbox(known))) === real,
  )
  if (name !== undefined) return { name, isThat: true }
  return around === undefined ? undefined : { name: around, isThat: false }
}
