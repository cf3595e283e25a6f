import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { machineName } from '../peers/machine-name'
import type { Peer, PeersFile } from '../peers/peers-file'
import { USUAL_INBOX } from '../project/layout'
import type { Sender } from '../project/project-at'
import type { Projects } from '../project/projects'
import { repr, reprList } from '../text/python-text'
import { CONTROL_CHARACTER } from '../text/terminal'
import { destinationUnusable } from './failures'

/** The destination of a message: a project on this machine (no peer) or on a peer. */
export interface Destination {
  readonly project: string
  readonly peer: Peer | undefined
}

/** The known places that messages can go to. */
export interface Places {
  readonly peers: PeersFile
  readonly projects: Projects
}

/** The sender and the destination. */
export interface Route {
  readonly sender: Sender
  readonly destination: Destination
  readonly places: Places
  /** On a peer, the path in peers.toml with `~` unexpanded. On this machine, an absolute path. */
  readonly inbox: string
  /** `machine.project` from the command line, else from the message. */
  readonly destinationText: string
}

/**
 * Reads `<machine>.<project>`, or the name of a project that exists on this machine (contract C16). What is neither may
 * be the path of a project (C34): so it never changes what a name means. Throws Failure: exit 2 for a bad or unknown
 * destination, 1 for a bad peer.
 */
export async function resolveDestination(
  text: string,
  places: Places,
  context: Context,
): Promise<Destination> {
  try {
    return await destinationNamed(text, places, context)
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'destination-unusable') throw error
    const { folderNamed, projectOfFolder } = await import('./destination-path')
    const folder = folderNamed(text, context)
    const project = folder === undefined ? undefined : projectOfFolder(folder, places.projects)
    if (project?.isThat) return { project: project.name, peer: undefined }
    const hints = project === undefined ? [] : [`that folder is not the one of the project ${project.name}`]
    throw await withRootHint(error, folder ?? context.cwd(), places, context, hints)
  }
}

/** The same failure with the line that makes the missing project known, if there is one (contract C34). */
async function withRootHint(
  { kind, message, hints, cause }: Failure,
  folder: string | undefined,
  { projects: { roots } }: Places,
  { home }: Context,
  more: readonly string[] = [],
): Promise<Failure> {
  const { rootHint } = await import('../project/missing-root')
  const hint = rootHint({ folder, roots, home }) ?? []
  return new Failure(kind, { message, hint: [...hints, ...more, hint].flat() }, cause)
}

async function destinationNamed(text: string, places: Places, context: Context): Promise<Destination> {
  const dot = text.indexOf('.')
  if (dot < 0) return projectHere(text, places)
  const machine = text.slice(0, dot)
  const project = text.slice(dot + 1)
  if (!isProjectName(project))
    throw destinationUnusable(`destination has no usable project name; got ${repr(text)}`)
  if (machine === 'local') return { project, peer: undefined }
  const ownName = machineName(places.peers, context)
  if (machine === ownName) {
    requireNoTwin(machine, project, places)
    return { project, peer: undefined }
  }
  const found = destinationOnPeer(machine, project, places.peers, context)
  if (found !== undefined) return found
  const names = places.peers.peerNames()
  const problem = `destination not found in peers.toml; available peers: ${names.length > 0 ? reprList(names) : '(none)'}`
  const { nearestNames } = await import('../text/nearest')
  // Under its host name, this machine may have been known before.
  const machines =
    machine === context.hostName ? [ownName] : nearestNames(machine, [...names, 'local', ownName])
  // A project on this machine may have a dot in its name.
  const here = nearestNames(text, places.projects.names())
  throw destinationUnusable(problem, [
    ...machines.map((name) => `${name}.${project}`),
    ...here.map((name) => (name.includes('.') ? `local.${name}` : name)),
  ])
}

/** Throws Failure if a peer has the name of this machine: the name is then ambiguous (contract B54). */
function requireNoTwin(machine: string, project: string, { peers }: Places): void {
  if (!peers.peerNames().includes(machine)) return
  throw new Failure('peers-file', {
    message: `cannot tell where ${machine}.${project} is: [peers.${machine}] in peers.toml has the name of this machine`,
    hint: `give that peer another name there, or this machine by [local] name; on this machine the project is local.${project}`,
  })
}

async function projectHere(project: string, places: Places): Promise<Destination> {
  if (isProjectHere(project, places)) return { project, peer: undefined }
  const problem = `destination must be <machine>.<project>; got ${repr(project)}, which is not a project on this machine either`
  throw destinationUnusable(problem, await nearestTo(project, places))
}

/** A project on the peer of that name; undefined if there is no such peer. Throws as above. */
export function destinationOnPeer(
  name: string,
  project: string,
  peers: PeersFile,
  context: Context,
): Destination | undefined {
  const peer = peers.peer(name)
  if (peer === undefined) return undefined
  if (!isProjectName(project)) throw destinationUnusable(`no usable project name: ${repr(project)}`)
  // ssh and rsync would change such a name into the name of another project.
  if (!project.isWellFormed())
    throw destinationUnusable(`the name of a peer's project must be UTF-8; got ${repr(project)}`)
  return { project, peer: { ...peer, user: peer.user ?? loginName(context) } }
}

/** Sending a composed message never creates a project: throws Failure (exit 2) unless it exists here. */
export async function requireProjectHere(project: string, places: Places, context: Context): Promise<void> {
  if (isProjectHere(project, places)) return
  const problem = `no project ${repr(project)} on this machine`
  const failure = destinationUnusable(problem, await nearestTo(project, places))
  throw await withRootHint(failure, context.cwd(), places, context)
}

/** A folder within a project is not a project, though `local.` leads there, as with the scripts. */
function isProjectHere(project: string, { projects }: Places): boolean {
  return isProjectName(project) && !project.includes('/') && projects.isThere(project)
}

/** The login user if peers.toml names none. If ssh would misread the name, ssh chooses. */
function loginName(context: Context): string | undefined {
  const user = context.env.USER
  return user !== undefined && /^[^\s-]\S*$/.test(user) ? user : undefined
}

/** The destinations most similar to a word: projects on this machine, and peers. */
async function nearestTo(word: string, { peers, projects }: Places): Promise<string[]> {
  const { nearestNames } = await import('../text/nearest')
  const machines = nearestNames(word, peers.peerNames())
  return [...nearestNames(word, projects.names()), ...machines.map((name) => `${name}.PROJECT`)]
}

/** A project is a folder in a root of projects: no name may lead outside it or to another project (contract B8). */
function isProjectName(project: string): boolean {
  return (
    !CONTROL_CHARACTER.test(project) &&
    project.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  )
}

/** The inbox of a project on a peer, from peers.toml or the layout, `~` unexpanded. */
export function inboxOnPeer(project: string, peers: PeersFile): string {
  return peers.inboxPath(project) ?? `~/projects/${project}${USUAL_INBOX}`
}

/** The route from a sender to a destination; `given` is the destination from the command line. */
export function routeOf(
  sender: Sender,
  destination: Destination,
  places: Places,
  given: string | undefined,
  context: Context,
): Route {
  const { project, peer } = destination
  const inbox = peer === undefined ? places.projects.inbox(project) : inboxOnPeer(project, places.peers)
  return { sender, destination, places, inbox, destinationText: given ?? toOf(destination, places, context) }
}

/** The destination as the message names it (contract C11). */
export function toOf({ project, peer }: Destination, { peers }: Places, context: Context): string {
  return `${peer?.name ?? machineName(peers, context)}.${project}`
}
