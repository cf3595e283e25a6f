import type { Context } from '@cac/core/command/context'
import { realPath } from '@cac/core/fs/folder'
import { expandHome } from '@cac/core/fs/paths'
import { addRoot } from '@cac/core/project/add-root'
import { projectFolder, projectFoldersIn } from '@cac/core/project/layout'
import { type PlacedProject, placedLines, unplacedProjects } from '@cac/core/project/placed-lines'
import type { Projects } from '@cac/core/project/projects'
import { rootForm } from '@cac/core/project/root-form'
import { toJson } from '@cac/core/text/json'
import { escapeAll } from '@cac/core/text/terminal'

/** How many projects are shown with their lines for senders elsewhere. JSON has all. */
const MOST_SHOWN = 10

/**
 * Makes a folder a root of projects, and shows what is in it (contract C34). It only changes a setting of this machine
 * and sends nothing, so under HALT it goes on, as the rest of the command does. Throws Failure.
 */
export async function addRootAndShow(given: string, isJson: boolean, context: Context): Promise<number> {
  const { root, isNew, projects } = await addRoot(given, context)
  const { paths, home } = context
  const names = namesIn(expandHome(root, home), projects)
  const unplaced = unplacedProjects(projects, paths, false).filter(({ name }) => names.includes(name))
  const roots = projects.roots.map((folder) => rootForm(folder, home))
  if (isJson) {
    const inboxes = Object.fromEntries(unplaced.map(({ name, inbox }) => [name, inbox]))
    context.out(`${toJson({ root, added: isNew, roots, projects: names, inbox_paths: inboxes })}\n`, 'deed')
    return 0
  }
  const file = rootForm(paths.peersFile, home)
  const lines = [
    isNew ? `added: ${root} to [local] roots in ${file}` : `unchanged: ${root} is in [local] roots already`,
    `projects there: ${names.length > 0 ? names.join(', ') : '(none yet)'}`,
  ]
  context.out([...lines, ...linesForOthers(unplaced)].map((line) => `${escapeAll(line)}\n`).join(''), 'deed')
  return 0
}

/** The projects of this root. A name that an earlier root has too means the project there. */
function namesIn(root: string, projects: Projects): string[] {
  return projectFoldersIn(root)
    .filter(({ name, path }) => realPath(projectFolder(projects.inbox(name))) === realPath(path))
    .map(({ name }) => name)
}

function linesForOthers(unplaced: readonly PlacedProject[]): string[] {
  if (unplaced.length === 0) return []
  const shown = unplaced.slice(0, MOST_SHOWN)
  const rest = unplaced.length - shown.length
  return [
    '',
    'Only this machine knows that. Senders on other machines, and the old scripts, deliver',
    'to ~/projects/NAME, unless these lines are in the peers.toml that they read:',
    '',
    ...shown.flatMap(placedLines),
    ...(rest > 0 ? [`# likewise for ${rest} more, which --json lists`] : []),
  ]
}
