import type { Context } from '@cac/core/command/context'
import { type Order, orderPeers } from '@cac/core/peers/fleet'
import { listPeers } from '@cac/core/peers/peers-file'
import { shellQuote } from '@cac/core/text/shell'

/**
 * Halts every peer, and returns the number of failures. The summary also counts `failuresHere`, those of this machine.
 * Throws Failure if peers.toml cannot be read (contract B19).
 */
export async function haltPeers(
  failuresHere: readonly string[],
  reason: string,
  stopsWatchers: boolean,
  context: Context,
): Promise<string[]> {
  const peers = await listPeers(context.paths)
  if (peers.length === 0) {
    if (failuresHere.length === 0) {
      context.out('\nNo peers configured in peers.toml — local-only halt complete.\n')
    }
    return []
  }
  context.out('\n')
  const failures = await orderPeers(peers, haltOrder(reason, stopsWatchers), context)
  context.out(summary(peers.length + 1, [...failuresHere, ...failures]))
  return failures
}

/** The most bytes of a quoted reason that a peer gets: its shell reads them one by one, within ten seconds. */
const LONGEST_REASON = 129_800
/** The characters that are kept of a longer reason. */
const SHORTENED = 10_000

/**
 * The HALT file alone decides whether a peer is halted. Stopping its watcher is tried afterwards (contract A8). A long
 * reason is cut: a peer that is halted with half a reason is better than one that is not halted (B20).
 */
function haltOrder(reason: string, stopsWatcher: boolean): Order {
  const fits = Buffer.byteLength(shellQuote(reason)) <= LONGEST_REASON
  return {
    verb: 'Halting',
    script: 'halt',
    words: [fits ? reason : reason.slice(0, SHORTENED), stopsWatcher ? 'stop' : 'leave'],
    done: 'HALT file written',
  }
}

function summary(total: number, failures: readonly string[]): string {
  if (failures.length === 0) return `\nHalt active across ${total} machine(s).\n`
  return `
PARTIAL HALT: ${total - failures.length}/${total} machines halted.
${failures.map((failure) => `  - ${failure}`).join('\n')}
Resolve the failures or manually halt each machine.
`
}
