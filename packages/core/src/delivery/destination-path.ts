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

/**
 * The name of the project whose folder this is (contract C34). Undefined if that is no project: for example, if the
 * folder lies in a project, or messages to its name go to another folder of that name.
 */
export function projectOfFolder(folder: string, projects: Projects): string | undefined {
  const real = realPath(folder)
  const names = [
    projectAt({ cwd: real, pwd: folder }, projects),
    // An inbox in an unusual place does not show how far its project goes.
    ...projects.placed.map(({ project }) => project),
  ]
  const isThat = (name: string) =>
    projects.isThere(name) && realPath(projectFolder(projects.inbox(name))) === real
  return names.find((name) => name !== undefined && isThat(name))
}
