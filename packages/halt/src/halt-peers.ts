import { HALT_ON_PEER } from '@cac/core/brake/halt'
import { STOP_ON_PEER } from '@cac/core/brake/watcher-unit'
import type { Context } from '@cac/core/command/context'
import { type Order, orderPeers } from '@cac/core/peers/fleet'
import { listPeers } from '@cac/core/peers/peer-list'
import { shellQuote } from '@cac/core/text/shell'

/**
 * Halts every peer; returns the failures. `failuresHere` are this machine's: the summary counts them. Throws
 * Failure where peers.toml cannot be read (contract B19).
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

/**
 * Bytes that Linux takes in one argument of a program, less those of the look that is put behind the command
 * (contract B34): more, and ssh cannot even be started.
 */
const LONGEST_ARGUMENT = 131_071 - 1_000
/** Short enough, also where every character is one that takes most bytes to quote. */
const SHORTENED = 10_000

/**
 * The HALT file alone decides whether a peer is halted; stopping its watcher is tried after it (contract A8).
 * A reason that is too long is cut: better a peer halted for half a reason than not halted (B20).
 */
function haltOrder(reason: string, stopsWatcher: boolean): Order {
  const whole = haltCommand(reason, stopsWatcher)
  const fits = Buffer.byteLength(whole) <= LONGEST_ARGUMENT
  return {
    verb: 'Halting',
    command: fits ? whole : haltCommand(reason.slice(0, SHORTENED), stopsWatcher),
    look: `[ -f ${HALT_ON_PEER} ] || [ -e ${HALT_ON_PEER} ] || [ -L ${HALT_ON_PEER} ]`,
    done: 'HALT file written',
  }
}

function haltCommand(reason: string, stopsWatcher: boolean): string {
  const write = `mkdir -p ~/.config/cross-agent-comms && printf %s ${shellQuote(reason)} > ${HALT_ON_PEER}`
  return stopsWatcher ? `${write} && ${STOP_ON_PEER}` : write
}

function summary(total: number, failures: readonly string[]): string {
  if (failures.length === 0) return `\nHalt active across ${total} machine(s).\n`
  return `
PARTIAL HALT: ${total - failures.length}/${total} machines halted.
${failures.map((failure) => `  - ${failure}`).join('\n')}
Resolve the failures or manually halt each machine.
`
}
