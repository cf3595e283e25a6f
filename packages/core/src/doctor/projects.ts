import type { Context } from '../command/context'
import { listNamesIfReadable, realPath } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { addRootLine, missingRoot, repositoriesIn } from '../project/missing-root'
import { placedLines, unplacedProjects } from '../project/placed-lines'
import type { Projects } from '../project/projects'
import { rootForm } from '../project/root-form'
import { absent, bad, type Check, ok } from './check'

const NAME = 'projects'

/** Folders of the home folder that are looked into for repositories. */
const MOST_FOLDERS = 200
/** Projects whose lines for other senders are shown. */
const MOST_LINES = 3

/** Says where projects are looked for and how many there are, or how to have them found (contract C34). */
export function checkProjects(projects: Projects, context: Context): Check[] {
  const { home } = context
  const places = projects.roots.map((root) => rootForm(root, home)).join(', ')
  const count = projects.names().length
  if (count > 0) return [ok(NAME, `${count} in ${places}`), ...senderChecks(projects, context)]
  const root =
    missingRoot({ folder: context.cwd(), roots: projects.roots, home }) ?? likelyRoot(projects, home)
  if (root === undefined) {
    const words = `none in ${places}: make one there, or add the folder that holds yours:`
    return [{ ...absent(NAME, words), lines: ['cross-agent-discover --add-root DIR'] }]
  }
  const words = `yours seem to be in ${rootForm(root, home)}: add it`
  return [bad(NAME, `none in ${places}`, words, addRootLine(root, home))]
}

/** The folder in the home folder that holds most repositories. */
function likelyRoot({ roots }: Projects, home: string): string | undefined {
  const found = listNamesIfReadable(home)
    .filter((name) => !name.startsWith('.'))
    .slice(0, MOST_FOLDERS)
    .map((name) => realPath(joinPath(home, name)))
    .filter((folder) => missingRoot({ folder, roots, home }) === folder)
    .map((folder) => ({ folder, count: repositoriesIn(folder) }))
  return found.sort((a, b) => b.count - a.count || (a.folder < b.folder ? -1 : 1))[0]?.folder
}

/** Mail for a project outside ~/projects that a sender does not know about goes to a folder that nobody reads. */
function senderChecks(projects: Projects, { paths }: Context): Check[] {
  const unplaced = unplacedProjects(projects, paths, true)
  if (unplaced.length === 0) return []
  const rest = unplaced.length - MOST_LINES
  const more = rest > 0 ? ` these lines, and such for ${rest} more` : ' these lines'
  const words = `those on other machines, and the old scripts, deliver to ~/projects/NAME unless the peers.toml that they read has${more}:`
  return [{ ...absent('senders', words), lines: unplaced.slice(0, MOST_LINES).flatMap(placedLines) }]
}
