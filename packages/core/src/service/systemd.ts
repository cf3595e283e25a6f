import type { Context } from '../command/context'
import { textIfThere } from '../fs/files'
import { joinPath } from '../fs/paths'

export const PATH_UNIT = 'cross-agent-watch.path'
export const SERVICE_UNIT = 'cross-agent-watch.service'
export const RETRY_TIMER = 'cross-agent-retry.timer'
export const RETRY_SERVICE = 'cross-agent-retry.service'
/** The services that call one of our programs. */
export const SERVICES = [SERVICE_UNIT, RETRY_SERVICE]
/** Milliseconds that systemctl may take to start or stop the watcher. */
const TIME_LIMIT = 5000

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
export async function watcherStates(
  { env }: Context,
  timeout: number,
): Promise<readonly string[] | undefined> {
  const { exec } = await import('../programs/exec')
  const args = ['--user', 'is-active', PATH_UNIT, SERVICE_UNIT]
  const { stdout, exitCode } = await exec('systemctl', args, { env, timeout })
  const states = stdout
    .split('\n')
    .slice(0, 2)
    .map((line) => line.trim())
  if (states.every((state) => state === 'active')) return states
  return exitCode === undefined || states.join('') === '' ? undefined : states
}

/** Stops the watcher. The path unit goes first: it would start the service again. Returns the problems. */
export function stop(context: Context): Promise<string[]> {
  return control('stop', [PATH_UNIT, SERVICE_UNIT], context)
}

/** Starts the watcher. Returns the problems. */
export function start(context: Context): Promise<string[]> {
  return control('start', [PATH_UNIT], context)
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
