import type { Context } from '../command/context'
import { usesLaunchd } from './manager'

/** Stops the watcher. Warns on failure (A7). */
export async function stopWatcher(context: Context): Promise<void> {
  warn('stopped', await (await managerOf(context)).stop(context), context)
}

/**
 * Starts this machine's watcher. Warns on failure. The warning also says that "Watcher restarted" is not true: resume
 * always prints those words, as the script does.
 */
export async function startWatcher(context: Context): Promise<void> {
  const problems = await (await managerOf(context)).start(context)
  const remedy =
    '("Watcher restarted" does not hold then; install it with: cross-agent-watch --service install)'
  warn('started', problems, context, ` ${remedy}`)
}

function managerOf(context: Context) {
  return usesLaunchd(context) ? import('./launchd') : import('./systemd')
}

function warn(done: string, problems: readonly string[], context: Context, end = ''): void {
  if (problems.length === 0) return
  context.err(`warning: the watcher was not ${done}: ${[...new Set(problems)].join('; ')}${end}`)
}
