import type { Context } from '@cac/core/command/context'
import type { Peer } from '@cac/core/peers/peers-file'
import { isDone, NO_COMMANDS, PeerProgress, peersAtOnce, reach, reachProblem } from '@cac/core/peers/reach'
import { RemoteCommand } from '@cac/core/peers/remote-command'
import { mapParallel } from '@cac/core/programs/parallel'
import { LINE_END } from '@cac/core/text/python-text'
import type { PeerReport } from './report'

const TO_PROBE = { connect: 2, total: 5_000 }
const TO_LIST = { connect: 3, total: 10_000 }
/** The most projects of one peer that are shown, whatever it says (contract B72). */
const MOST_PROJECTS = 10_000

/** Asks all peers at once whether they answer, and for their projects if wanted (contract B18). */
export function probePeers(
  peers: readonly Peer[],
  listsProjects: boolean,
  context: Context,
): Promise<PeerReport[]> {
  const progress = new PeerProgress(peers.length, context)
  const patience = TO_PROBE.total + (listsProjects ? TO_LIST.total : 0)
  return mapParallel(peers, peersAtOnce(), (peer) =>
    progress.during(peer.name, patience, probe(peer, listsProjects, context)),
  )
}

async function probe(peer: Peer, listsProjects: boolean, { env }: Context): Promise<PeerReport> {
  const { name, host } = peer
  const alive = await RemoteCommand.make('alive')
  const answer = await reach(peer, alive, TO_PROBE, env)
  const doubt = isDone(answer, alive) ? undefined : NO_COMMANDS
  const error = reachProblem(answer, alive, 'ssh probe failed') ?? doubt
  if (error !== undefined) return { name, host, reachable: false, error }
  if (!listsProjects) return { name, host, reachable: true }
  const list = await RemoteCommand.make('projects')
  const listing = await reach(peer, list, TO_LIST, env)
  if (listing.exitCode !== 0 || !isDone(listing, list)) return { name, host, reachable: true, projects: [] }
  const folders = list.answersIn(listing.stdout).map((line) => line.replace(/^project /, ''))
  return { name, host, reachable: true, projects: projectsOf(folders.join('\n')).slice(0, MOST_PROJECTS) }
}

/** The projects in a listing of their `.ai` folders, a path on each line. */
export function projectsOf(listing: string): string[] {
  return listing.split(LINE_END).flatMap((path) => {
    const [folder, project] = withoutSlashes(path).split('/').slice(-2).reverse()
    return folder === '.ai' && project !== undefined ? [project] : []
  })
}

/** A loop: a regular expression for slashes at the end takes quadratic time, and the peer chooses the listing. */
function withoutSlashes(path: string): string {
  let end = path.length
  while (path.charAt(end - 1) === '/') end--
  return path.slice(0, end)
}
