import type { Context } from '../command/context'
import { Failure, showFailure } from '../command/failure'
import { mapParallel } from '../programs/parallel'
import { padEnd } from '../text/python-text'
import { escapeAll } from '../text/terminal'
import { confirmed, NOT_CONFIRMED } from './confirmation'
import type { Entry } from './peer-list'
import { PeerProgress } from './peer-progress'
import type { Peer } from './peers-file'
import { peersAtOnce, reach, reachProblem } from './reach'

/** What every peer is told, and how that is reported. */
export interface Order {
  /** Begins the line of each peer. */
  readonly verb: string
  /** For the peer's login shell. */
  readonly command: string
  /** For a POSIX shell there, afterwards: ends with 0 where it was done (contract B34). */
  readonly look: string
  /** What a peer that did it did. */
  readonly done: string
}

const PATIENCE = { connect: 3, total: 10_000 }
const LINE_WIDTH = 36

/** What became of one peer. */
interface Outcome {
  readonly name: string
  readonly host: string
  readonly problem: string | undefined
}

/**
 * Gives an order to every peer side by side, and prints a line for each in the order of the names, as soon as
 * those before it are known (contract B18). A malformed peer is not called and keeps no other from being
 * (B13). Returns the failures: `name (host): why`.
 */
export async function orderPeers(
  entries: readonly Entry[],
  order: Order,
  context: Context,
): Promise<string[]> {
  const outcomes: Outcome[] = []
  let printed = 0
  const progress = new PeerProgress(entries.length, context)
  await mapParallel([...entries.entries()], peersAtOnce(), async ([index, entry]) => {
    outcomes[index] = await progress.during(entry.name, PATIENCE.total, orderPeer(entry, order, context))
    for (let next = outcomes[printed]; next !== undefined; next = outcomes[++printed]) {
      context.out(line(next, order))
    }
  })
  const failed = outcomes.filter(({ problem }) => problem !== undefined)
  return failed.map(({ name, host, problem }) => escapeAll(`${name} (${host}): ${problem}`))
}

async function orderPeer({ name, peer }: Entry, order: Order, context: Context): Promise<Outcome> {
  let found: Peer
  try {
    found = peer()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    showFailure(error, context.err)
    return { name, host: name, problem: 'malformed in peers.toml' }
  }
  const { command, isConfirmed } = confirmed(order.command, order.look)
  const result = await reach(found, command, PATIENCE, context.env)
  const problem = reachProblem(result, 'ssh unavailable or timed out')
  const doubt = isConfirmed(result.stdout) ? undefined : NOT_CONFIRMED
  return { name, host: found.host, problem: problem ?? doubt }
}

function line({ host, problem }: Outcome, { verb, done }: Order): string {
  return `${padEnd(`${verb} ${escapeAll(host)}`, LINE_WIDTH)} ${problem === undefined ? '✓' : '✗'} (${problem === undefined ? done : escapeAll(problem)})\n`
}
