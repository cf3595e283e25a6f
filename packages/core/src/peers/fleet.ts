import type { Context } from '../command/context'
import { Failure, showFailure } from '../command/failure'
import { mapParallel } from '../programs/parallel'
import { padEnd } from '../text/python-text'
import { escapeAll } from '../text/terminal'
import type { Entry, Peer } from './peers-file'
import { isDone, PeerProgress, peersAtOnce, reach, reachProblem } from './reach'
import { RemoteCommand, type ScriptName } from './remote-command'

/** An order for every peer, and the words that report it. */
export interface Order {
  /** Begins the line of each peer. */
  readonly verb: string
  /** The peer's command. It checks the result, and says so on success (contract B34). */
  readonly script: ScriptName
  readonly words?: readonly string[]
  /** The words for a peer that succeeded. */
  readonly done: string
}

const PATIENCE = { connect: 3, total: 10_000 }
const LINE_WIDTH = 36
/** Why an order does not count as done although its command ended with 0. */
const NOT_CONFIRMED = 'not confirmed: the shell there ended without doing it; log in and look'

/** The result of one peer. */
interface Outcome {
  readonly name: string
  readonly host: string
  readonly problem: string | undefined
}

/**
 * Gives an order to all peers at once, and prints a line for each in the order of the names, as soon as the earlier
 * results are known (contract B18). A malformed peer is not called, and does not stop the others (B13). Returns the
 * failures: `name (host): why`.
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
  const command = await RemoteCommand.make(order.script, order.words)
  const result = await reach(found, command, PATIENCE, context.env)
  const problem = reachProblem(result, command, 'ssh unavailable or timed out')
  const doubt = isDone(result, command) ? undefined : NOT_CONFIRMED
  return { name, host: found.host, problem: problem ?? doubt }
}

function line({ host, problem }: Outcome, { verb, done }: Order): string {
  return `${padEnd(`${verb} ${escapeAll(host)}`, LINE_WIDTH)} ${problem === undefined ? '✓' : '✗'} (${problem === undefined ? done : escapeAll(problem)})\n`
}
