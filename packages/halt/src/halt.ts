import { writeHaltFile } from '@cac/core/brake/change-halt'
import type { Context } from '@cac/core/command/context'
import { Failure, showFailure } from '@cac/core/command/failure'
import type { Values } from '@cac/core/command/table'
import { stopWatcher } from '@cac/core/service/watcher-control'
import type { haltTable } from './options'

/**
 * Halts this machine before anything else is read or loaded. Then it stops the watcher and halts the peers
 * (`--tailnet`), even if this machine could not be halted. Exit 1 unless all machines are halted.
 */
export async function halt(
  { options, positionals }: Values<typeof haltTable>,
  context: Context,
): Promise<number> {
  const reason = positionals.reason.join(' ')
  const failures = haltHere(reason, context)
  const isHalted = failures.length === 0
  const stopsWatchers = !options['no-stop-watcher']
  if (stopsWatchers) await stopWatcher(context)
  context.out(
    `Halting locally       ${isHalted ? '✓ (HALT file written)' : '✗ (HALT file not written)'}\n`,
    isHalted ? 'deed' : undefined,
  )

  if (options.tailnet) {
    const { haltPeers } = await import('./halt-peers')
    failures.push(...(await haltPeers(failures, reason, stopsWatchers, context)))
  } else if (isHalted) {
    context.out(`
Halt active. Remove ${context.paths.haltFile} or run cross-agent-resume to clear.
Agent polling will stop within ~5 min (one cadence cycle).
`)
  }
  return failures.length === 0 ? 0 : 1
}

function haltHere(reason: string, context: Context): string[] {
  try {
    writeHaltFile(context.paths, reason)
    return []
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    showFailure(error, context.err)
    return [`locally: ${error.message}`]
  }
}
