import { setTimeout as sleep } from 'node:timers/promises'
import { type HeldWake, heldLine } from '@cac/core/agents/held-wakes'
import { readHalt } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { escapeAll } from '@cac/core/text/terminal'
import { Notifier } from './notifier'
import { WatchLog } from './watch-log'

/** Milliseconds that an agent waits for a notification at most. */
const LONGEST = 3_000

/**
 * Tells a person that conversations wake no session for now (contract C24): by a notification, and by a line in the
 * watcher's log if there is one. Under HALT, only the log says so.
 */
export async function tellOfHeldWakes(held: readonly HeldWake[], context: Context): Promise<void> {
  if (held.length === 0) return
  const log = new WatchLog({ log: undefined }, context, 'if there is one')
  const time = `${new Date(context.now()).toISOString().slice(0, 19)}Z`
  for (const { project, conversation } of held)
    log.append(`${time}\t${escapeAll(project)}\twakes held back: ${escapeAll(conversation)}\n`)
  if (readHalt(context.paths) !== undefined) return
  const notifier = new Notifier({ ...context, err: () => {} })
  const shown = held.map((one) => notifier.notify(heldLine(one)))
  await Promise.race([Promise.all(shown), sleep(LONGEST)])
}
