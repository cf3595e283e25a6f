import type { Context } from '@cac/core/command/context'
import { type Order, orderPeers } from '@cac/core/peers/fleet'
import { listPeers } from '@cac/core/peers/peers-file'

/** The HALT file alone decides whether a peer resumed. Starting its watcher is tried afterwards (contract A8). */
const ORDER: Order = {
  verb: 'Resuming',
  script: 'resume',
  done: 'HALT cleared',
}

/**
 * Clears HALT on every peer. True if no peer is halted any more. Throws Failure if peers.toml cannot be read (contract
 * B19).
 */
export async function resumePeers(context: Context): Promise<boolean> {
  const peers = await listPeers(context.paths)
  if (peers.length === 0) {
    context.out('\nNo peers configured in peers.toml — local-only resume complete.\n')
    return true
  }
  context.out('\n')
  const failures = await orderPeers(peers, ORDER, context)
  context.out(summary(peers.length + 1, failures))
  return failures.length === 0
}

function summary(total: number, failures: readonly string[]): string {
  if (failures.length === 0) return `\nResume complete across ${total} machine(s).\n`
  return `
PARTIAL RESUME: ${total - failures.length}/${total} machines cleared.
${failures.map((failure) => `  - ${failure}`).join('\n')}
Resolve the failures or manually clear HALT on each machine.
`
}
