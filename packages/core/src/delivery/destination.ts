import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import type { Peer, PeersFile } from '../peers/peers-file'
import { repr, reprList } from '../text/python-text'
import { CONTROL_CHARACTER } from '../text/terminal'

/** Where a message goes: a project on this machine (no peer) or on a peer. */
export interface Destination {
  readonly project: string
  readonly peer: Peer | undefined
}

/** Reads `<machine>.<project>`. Throws Failure: exit 2 for a bad or unknown one, 1 for a bad peer. */
export function resolveDestination(text: string, peers: PeersFile, context: Context): Destination {
  const dot = text.indexOf('.')
  if (dot < 0) throw notFound(`destination must be <machine>.<project>; got ${repr(text)}`)
  const machine = text.slice(0, dot)
  const project = text.slice(dot + 1)
  if (!isProjectName(project)) throw notFound(`destination has no usable project name; got ${repr(text)}`)
  if (machine === context.machine || machine === 'local') return { project, peer: undefined }
  const peer = peers.peer(machine)
  // Neither ssh nor rsync can be given such a name: it would become that of another project.
  if (peer !== undefined && !project.isWellFormed())
    throw notFound(`the name of a peer's project must be UTF-8; got ${repr(project)}`)
  if (peer !== undefined) return { project, peer: { ...peer, user: peer.user ?? loginName(context) } }
  const names = peers.peerNames()
  throw notFound(
    `destination not found in peers.toml; available peers: ${names.length > 0 ? reprList(names) : '(none)'}`,
  )
}

/** The user to log in as where peers.toml names none; of a name that ssh would misread, ssh decides. */
function loginName(context: Context): string | undefined {
  const user = context.env.USER
  return user !== undefined && /^[^\s-]\S*$/.test(user) ? user : undefined
}

function notFound(problem: string): Failure {
  return new Failure('destination-unusable', { problem })
}

/** A project is a folder below ~/projects: no name may lead out of it or to another (contract B8). */
function isProjectName(project: string): boolean {
  return (
    !CONTROL_CHARACTER.test(project) &&
    project.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  )
}

/** The inbox of a project as peers.toml or the layout has it, `~` unexpanded. */
export function inboxPath(project: string, peers: PeersFile): string {
  return peers.inboxPath(project) ?? `~/projects/${project}/inbox/from-agents`
}
