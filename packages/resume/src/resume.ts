import { clearHaltFile } from '@cac/core/brake/change-halt'
import type { Context } from '@cac/core/command/context'
import type { Values } from '@cac/core/command/table'
import { startWatcher } from '@cac/core/service/watcher-control'
import type { resumeTable } from './options'

/**
 * Clears HALT here, starts the watcher, then clears HALT on the peers (`--tailnet`). Unlike halt, it stops if this
 * machine stays halted (contract B21). Exit 1 if any machine stays halted.
 */
export async function resume({ options }: Values<typeof resumeTable>, context: Context): Promise<number> {
  const wasHalted = clearHaltFile(context.paths)
  await startWatcher(context)
  context.out(`Resuming locally      ✓ (${wasHalted ? 'HALT cleared' : 'no HALT was active'})\n`, 'deed')
  const areCleared = !options.tailnet || (await (await import('./resume-peers')).resumePeers(context))
  context.out(RE_ENGAGE)
  return areCleared ? 0 : 1
}

const RE_ENGAGE = `
Halt cleared. Watcher restarted.

Agent polling does NOT auto-resume — per the failsafe asymmetry rule,
agents stay paused until you explicitly re-engage each session.
Open the relevant Claude session and tell the agent to resume polling
for its conversation.
`
