import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { listNamesIfReadable, realPath } from '../fs/folder'
import { pathParts } from '../fs/paths'
import { type Inbox, inboxesAt, localLayout } from './local-inboxes'

/** Which folder above an inbox of unusual place names its project: the choice of status. */
const LEVELS_UP = 3

/** A project of this machine and its inboxes: none where nothing has come yet. */
export interface Project {
  readonly name: string
  readonly inboxes: readonly Inbox[]
}

/** The project of that name, or of the working folder. Throws Failure where there is none. */
export async function findProject(name: string | undefined, context: Context): Promise<Project> {
  const layout = await localLayout(context)
  const { roots } = layout
  const all = inboxesAt(layout, context, LEVELS_UP)
  const wanted = name ?? projectHere(all, roots, context)
  if (wanted === undefined) {
    throw new Failure('project-unknown', {
      problem: 'the working folder lies in no project of this machine',
      hint: 'go into one, or name it with --project NAME',
    })
  }
  const inboxes = all.filter(({ project }) => project === wanted)
  const folders = () => roots.flatMap(listNamesIfReadable).filter((folder) => !folder.startsWith('.'))
  if (name === undefined || inboxes.length > 0 || folders().includes(name)) return { name: wanted, inboxes }
  const { nearestNames } = await import('../text/nearest')
  const near = nearestNames(wanted, [...folders(), ...all.map(({ project }) => project)])
  throw new Failure('project-unknown', {
    problem: `no such project on this machine: ${wanted}`,
    hint: near.length > 0 ? `the nearest: ${near.join(', ')}` : 'see them all with: cross-agent-status',
  })
}

/** The project below a root that the working folder lies in, else the one whose folder or inbox holds it. */
function projectHere(
  inboxes: readonly Inbox[],
  roots: readonly string[],
  context: Context,
): string | undefined {
  const cwd = context.cwd()
  if (cwd === undefined) return undefined
  const insides = roots.map(realPath).filter((root) => cwd.startsWith(`${root}/`))
  // Roots may lie in each other: the innermost names the project.
  const [inside] = insides.sort((a, b) => b.length - a.length)
  if (inside !== undefined) return pathParts(cwd.slice(inside.length))[0]
  const holding = inboxes
    .map(({ folder, project }) => ({ project, root: realPath(projectFolder(folder)) }))
    .filter(({ root }) => cwd === root || cwd.startsWith(`${root}/`))
  return holding.sort((a, b) => b.root.length - a.root.length)[0]?.project
}

function projectFolder(inbox: string): string {
  return inbox.replace(/\/inbox\/from-agents\/?$/, '')
}
