import { existsSync } from 'node:fs'
import { realPath } from '../fs/folder'
import { joinPath, type Paths } from '../fs/paths'
import { linesOf } from '../peers/edit-toml'
import { toPath } from '../text/raw-name'
import { CONTROL_CHARACTER } from '../text/terminal'
import { isFolder, projectFolder, USUAL_INBOX } from './layout'
import type { Projects } from './projects'
import { rootForm } from './root-form'

/** A project that others look for in ~/projects, where it is not. */
export interface PlacedProject {
  readonly name: string
  /** The path for `[projects.NAME] inbox_path`, with `~` for the home folder. */
  readonly inbox: string
}

/**
 * The projects outside ~/projects that peers.toml does not place. The scripts, and senders on other machines, deliver to
 * ~/projects/NAME unless the peers.toml that they read says otherwise (contract C34). `isInUse`: only those that have an
 * inbox. Sorted by name.
 */
export function unplacedProjects(
  projects: Projects,
  { home, projects: usual }: Paths,
  isInUse: boolean,
): PlacedProject[] {
  const usualFolder = realPath(usual)
  return projects.names().flatMap((name) => {
    if (projects.isPlaced(name) || !name.isWellFormed() || CONTROL_CHARACTER.test(name)) return []
    const inbox = projects.inbox(name)
    const folder = projectFolder(inbox)
    if (realPath(folder) === joinPath(usualFolder, name) || folder === joinPath(usual, name)) return []
    if (isInUse ? !isFolder(inbox) : !isProject(folder)) return []
    return [{ name, inbox: rootForm(inbox, home) }]
  })
}

/** A root may hold other folders than projects. */
function isProject(folder: string): boolean {
  return ['/.git', '/.ai', USUAL_INBOX].some((path) => existsSync(toPath(folder + path)))
}

/** The lines of peers.toml that place a project. */
export function placedLines({ name, inbox }: PlacedProject): string[] {
  return linesOf({ table: ['projects', name], keys: { inbox_path: inbox } })
}
