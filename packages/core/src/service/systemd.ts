import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { textIfThere } from '../fs/files'
import { joinPath } from '../fs/paths'

declare module '../command/failure' {
  interface FailureKinds {
    'service-failed': true
  }
}

export const PATH_UNIT = 'cross-agent-watch.path'
export const SERVICE_UNIT = 'cross-agent-watch.service'
export const RETRY_TIMER = 'cross-agent-retry.timer'
export const RETRY_SERVICE = 'cross-agent-retry.service'
/** The services that call one of our programs. */
export const SERVICES = [SERVICE_UNIT, RETRY_SERVICE]
/** Time limits of systemctl in milliseconds: to start or stop the watcher, and to report its state. */
const TIME_LIMIT = 5000
const ASK_TIME_LIMIT = 10_000

/** The name of a unit and its text. */
export type Unit = readonly [name: string, text: string]

/** The watcher's units. With `retries`, also the units that retry kept messages (contracts C19, C2). */
export async function unitTexts(retries: boolean): Promise<readonly Unit[]> {
  const { default: path } = await import('../../../../systemd/cross-agent-watch.path?raw')
  const { default: service } = await import('../../../../systemd/cross-agent-watch.service?raw')
  const watcher = [
    [PATH_UNIT, path],
    [SERVICE_UNIT, service],
  ] as const
  if (!retries) return watcher
  const { default: timer } = await import('../../../../systemd/cross-agent-retry.timer?raw')
  const { default: retry } = await import('../../../../systemd/cross-agent-retry.service?raw')
  return [...watcher, [RETRY_TIMER, timer], [RETRY_SERVICE, retry]]
}

/** What keeps the watcher's units from being installed, removed or in order. */
export function serviceFailed(
  { problem, hint }: { readonly problem: string; readonly hint?: string },
  cause?: unknown,
): Failure {
  return new Failure('service-failed', { message: `cross-agent-watch: ${problem}`, hint }, cause)
}

/** The folder of this user's units. */
export function unitFolder({ home }: Context): string {
  return joinPath(home, '.config/systemd/user')
}

/** The path of a unit, whether it exists or not. */
export function unitFile(name: string, context: Context): string {
  return `${unitFolder(context)}/${name}`
}

/** The folder of the drop-in that sets a service's PATH. */
export function dropInFolder(service: string, context: Context): string {
  return `${unitFile(service, context)}.d`
}

/** The state of each unit. Throws the system's error if a unit cannot be read. */
export async function installedUnits(
  retries: boolean,
  context: Context,
): Promise<readonly { readonly name: string; readonly is: 'absent' | 'current' | 'other' }[]> {
  return (await unitTexts(retries)).map(([name, text]) => {
    const installed = textIfThere(unitFile(name, context))
    return { name, is: installed === undefined ? 'absent' : installed === text ? 'current' : 'other' }
  })
}

/**
 * The states of the watcher's path unit and service, as systemd reports them: `active`, `inactive`, … Undefined if it
 * gives no answer. Does not block, so other checks can run meanwhile.
 */
export async function watcherStates({ env }: Context): Promise<readonly string[] | undefined> {
  const { exec } = await import('../programs/exec')
  const args = ['--user', 'is-active', PATH_UNIT, SERVICE_UNIT]
  const { stdout, exitCode } = await exec('systemctl', args, { env, timeout: ASK_TIME_LIMIT })
  const states = stdout
    .split('\n')
    .slice(0, 2)
    .map((line) => line.trim())
  if (states.every((state) => state === 'active')) return states
  return exitCode === undefined || states.join('') === '' ? undefined : states
}

/** Stops the watcher. The path unit goes first: it would start the service again. Warns on failure (A7). */
export async function stopWatcher(context: Context): Promise<void> {
  warn('stopped', await control('stop', [PATH_UNIT, SERVICE_UNIT], context), context)
}

/**
 * Starts this machine's watcher. Warns on failure. The warning also says that "Watcher restarted" is not true: resume
 * always prints those words, as the script does.
 */
export async function startWatcher(context: Context): Promise<void> {
  const problems = await control('start', [PATH_UNIT], context)
  const remedy =
    '("Watcher restarted" does not hold then; install it with: cross-agent-watch --service install)'
  warn('started', problems, context, ` ${remedy}`)
}

/** Calls systemctl once for all units. It continues after a unit that fails. Returns the problems. */
async function control(action: string, units: readonly string[], context: Context): Promise<string[]> {
  // Imported here so that earlier steps of a command do not wait for it.
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
