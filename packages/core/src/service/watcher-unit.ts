import type { Context } from '../command/context'

export const PATH_UNIT = 'cross-agent-watch.path'
export const SERVICE_UNIT = 'cross-agent-watch.service'
const TIME_LIMIT = 5000

/** Stops this machine's watcher; the path unit first, which would start the service again. Warns on failure (A7). */
export async function stopWatcher(context: Context): Promise<void> {
  warn('stopped', await control('stop', [PATH_UNIT, SERVICE_UNIT], context), context)
}

/**
 * Starts this machine's watcher. Warns on failure, and that the words which resume prints in any case do not hold
 * then: those are the scripts'.
 */
export async function startWatcher(context: Context): Promise<void> {
  const problems = await control('start', [PATH_UNIT], context)
  const remedy =
    '("Watcher restarted" does not hold then; install it with: cross-agent-watch --service install)'
  warn('started', problems, context, ` ${remedy}`)
}

/** Calls systemctl once for all units: it goes on to the next where it fails with one. Returns what went wrong. */
async function control(action: string, units: readonly string[], context: Context): Promise<string[]> {
  // Loaded here and not above: what a command does before this must not wait for it.
  const { execSync, lastWords } = await import('../programs/exec')
  const limits = { env: context.env, timeout: TIME_LIMIT }
  const result = execSync('systemctl', ['--user', action, ...units], limits)
  if (result.exitCode === 0) return []
  if (result.failure === 'not-found') return ['systemctl not found']
  if (result.failure === 'timed-out') return [`systemctl did not end within ${TIME_LIMIT / 1000} s`]
  const words = result.stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return words.length > 0 ? words : [lastWords(result)]
}

function warn(done: string, problems: readonly string[], context: Context, end = ''): void {
  if (problems.length === 0) return
  context.err(`warning: the watcher was not ${done}: ${[...new Set(problems)].join('; ')}${end}`)
}
