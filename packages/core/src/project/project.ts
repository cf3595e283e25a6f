import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { listNamesIfReadable, realPath } from '../fs/folder'
import { Ownership } from './ownership'
import { projectAt } from './project-at'
import { type Inbox, Projects } from './projects'

declare module '../command/failure' {
  interface FailureKinds {
    'project-unknown': true
  }
}

/** A project of this machine and its own inboxes: none if nothing has arrived yet. */
export interface Project {
  readonly name: string
  readonly inboxes: readonly Inbox[]
}

/** The project of the working folder, if it is in one. */
export async function projectHere(context: Context): Promise<Project | undefined> {
  const projects = await Projects.read(context)
  const name = projectAt({ cwd: context.cwd(), pwd: context.env.PWD }, projects)
  return name === undefined ? undefined : { name, inboxes: new Ownership(projects).inboxes(name) }
}

/** The project of that name, or of the working folder. Throws Failure if there is none. */
export async function findProject(name: string | undefined, context: Context): Promise<Project> {
  const projects = await Projects.read(context)
  const wanted = name ?? projectAt({ cwd: context.cwd(), pwd: context.env.PWD }, projects)
  if (wanted === undefined) {
    throw new Failure('project-unknown', {
      message: 'the working folder is not in a project of this machine',
      hint: await withRootHint('change into one, or name it with --project NAME', projects, context),
    })
  }
  const inboxes = new Ownership(projects).inboxes(wanted)
  const folders = () =>
    projects.roots.flatMap(listNamesIfReadable).filter((folder) => !folder.startsWith('.'))
  if (name === undefined || inboxes.length > 0 || folders().includes(name)) return { name: wanted, inboxes }
  const { nearestNames } = await import('../text/nearest')
  const known = projects.inboxes().map(({ project }) => project)
  if (known.includes(wanted)) return { name: wanted, inboxes }
  const near = nearestNames(wanted, [...folders(), ...known])
  throw new Failure('project-unknown', {
    message: `no such project on this machine: ${wanted}`,
    hint: await withRootHint(
      near.length > 0 ? `the nearest: ${near.join(', ')}` : 'list them with: cross-agent-status',
      projects,
      context,
    ),
  })
}

/** A hint, and the line that makes the project of the working folder known, if there is one (contract C34). */
async function withRootHint(hint: string, { roots }: Projects, { cwd, home }: Context): Promise<string[]> {
  const { rootHint } = await import('./missing-root')
  return [hint, rootHint({ folder: cwd(), roots, home }) ?? []].flat()
}

/**
 * This machine's inboxes that belong to the projects whose names they are found under (contract B50). All features that
 * the scripts lack use these. The scripts' own forms follow links instead.
 */
export async function ownInboxes(context: Context, err = context.err): Promise<Inbox[]> {
  return new Ownership(await Projects.read(context, err)).inboxes()
}

/** Each inbox once, under the first name found: projects may share one. */
export function eachOnce(inboxes: readonly Inbox[]): Inbox[] {
  const seen = new Set<string>()
  return inboxes.filter(({ folder }) => {
    const real = realPath(folder)
    if (seen.has(real)) return false
    seen.add(real)
    return true
  })
}
