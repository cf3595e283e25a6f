import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { listNamesIfReadable } from '../fs/folder'
import { type Inbox, inboxesAt, localLayout } from './local-inboxes'
import { ownInboxesAt } from './own-inboxes'
import { projectAt } from './project-at'

declare module '../command/failure' {
  interface FailureKinds {
    'project-unknown': true
  }
}

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
  const wanted = name ?? projectAt({ cwd: context.cwd(), pwd: context.env.PWD }, layout)
  if (wanted === undefined) {
    throw new Failure('project-unknown', {
      message: 'the working folder lies in no project of this machine',
      hint: 'go into one, or name it with --project NAME',
    })
  }
  const inboxes = ownInboxesAt(layout, context, LEVELS_UP, wanted)
  const folders = () => roots.flatMap(listNamesIfReadable).filter((folder) => !folder.startsWith('.'))
  if (name === undefined || inboxes.length > 0 || folders().includes(name)) return { name: wanted, inboxes }
  const { nearestNames } = await import('../text/nearest')
  const known = inboxesAt(layout, context, LEVELS_UP).map(({ project }) => project)
  if (known.includes(wanted)) return { name: wanted, inboxes }
  const near = nearestNames(wanted, [...folders(), ...known])
  throw new Failure('project-unknown', {
    message: `no such project on this machine: ${wanted}`,
    hint: near.length > 0 ? `the nearest: ${near.join(', ')}` : 'see them all with: cross-agent-status',
  })
}
