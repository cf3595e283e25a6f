import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { type PeersFile, readPeersFile } from '../peers/peers-file'
import { Projects } from '../project/projects'

/** Plain names: what a folder or peers.toml names otherwise is not told either. */
const PLAIN_NAME = /^\w[\w.-]{0,39}$/
/** Where a project of a peer is not known here. */
const OF_PEER = 'a project of '

/**
 * Who a message is from, in names that are known here only: whoever wrote it chose what it says, and forty free
 * characters are enough to command an agent (contract B68). `from` is its FROM, `<machine>.<project>`, or the sender in
 * its file name, a project of this machine. Undefined where neither machine nor project is known.
 */
export async function knownOrigin(from: string | undefined, context: Context): Promise<string | undefined> {
  if (from === undefined || from === '') return undefined
  try {
    const peers = await readPeersFile(context.paths)
    const projects = new Projects(context.paths, peers)
    const isProject = (name: string) => PLAIN_NAME.test(name) && projects.isThere(name)
    const dot = from.indexOf('.')
    const [machine, project] = [from.slice(0, Math.max(0, dot)), from.slice(dot + 1)]
    if (machine === context.machine && isProject(project)) return from
    if (isProject(from)) return from
    return PLAIN_NAME.test(machine) && isPeer(machine, peers) ? `${OF_PEER}${machine}` : undefined
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** A machine calls itself by its host name up to the first dot; peers.toml may call it otherwise. */
function isPeer(machine: string, peers: PeersFile): boolean {
  return peers.peerNames().some((name) => name === machine || hostOf(name, peers).split('.')[0] === machine)
}

/** One malformed peer keeps no other from being known. */
function hostOf(name: string, peers: PeersFile): string {
  try {
    return peers.peer(name)?.host ?? ''
  } catch (error) {
    if (error instanceof Failure) return ''
    throw error
  }
}
