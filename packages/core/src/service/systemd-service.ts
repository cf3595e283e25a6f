import { existsSync, lstatSync } from 'node:fs'
import { requireNotHalted } from '../brake/halt'
import type { Context } from '../command/context'
import type { Failure } from '../command/failure'
import { remove } from '../fs/durable'
import { FileSet } from '../fs/file-set'
import { removeIfEmpty } from '../fs/sweep'
import { reasonOf } from '../fs/system-error'
import { execSync, lastWords } from '../programs/exec'
import { notInOrder, START_AT_LOGIN, serviceFailed } from './service-failure'
import { programFolders } from './service-path'
import {
  dropInFolder,
  installedUnits,
  PATH_UNIT,
  RETRY_SERVICE,
  RETRY_TIMER,
  SERVICE_UNIT,
  SERVICES,
  unitFile,
  unitFolder,
  unitTexts,
} from './systemd'
import type { Service } from './watcher-service'

/** Milliseconds that one call of systemctl may take. */
const TIME_LIMIT = 20_000
/** Our own settings for a service, in its folder of drop-ins. */
const DROP_IN = 'path.conf'

/** The folders of the programs that a watcher calls. The user manager's own PATH seldom has more. */
const USUAL_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin']

/**
 * Writes the watcher's systemd units and starts the watcher. Also installs the timer that retries kept messages, if
 * `retries` is set or the timer exists already. Throws Failure. Then everything is as before (contracts C19, C2).
 */
export async function installService(wantsRetries: boolean, context: Context): Promise<Service> {
  requireNotHalted(context)
  const retries = wantsRetries || hasTimer(context)
  const files = new FileSet()
  const path = pathDropIn(retries, context)
  try {
    const units = (await unitTexts(retries)).map(([name, text]) => [unitFile(name, context), text] as const)
    const services = retries ? SERVICES : [SERVICE_UNIT]
    const paths = services.map((name) => [`${dropInFolder(name, context)}/${DROP_IN}`, path] as const)
    files.write([...units, ...paths])
  } catch (error) {
    throw serviceFailed({ problem: `cannot write the units: ${reasonOf(error)}` }, error)
  }
  try {
    systemctl(['daemon-reload'], context)
    const timers = retries ? [RETRY_TIMER] : []
    systemctl(['enable', PATH_UNIT, ...timers], context)
    // A running watcher may be of another version.
    systemctl(['restart', PATH_UNIT, SERVICE_UNIT, ...timers], context)
  } catch (error) {
    stop(context)
    files.restore()
    call(['daemon-reload'], context)
    throw error
  }
  return { folder: unitFolder(context), retries }
}

/** The drop-in that lets the user manager find our programs and this node. Throws Failure. */
function pathDropIn(retries: boolean, context: Context): string {
  const folders = programFolders(retries, 'a unit', context)
  return `[Service]\nEnvironment="PATH=${[...new Set([...folders, ...USUAL_FOLDERS])].map(inQuotes).join(':')}"\n`
}

/** Quotes a text for systemd. `%` begins a specifier. */
function inQuotes(text: string): string {
  return text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')
}

/** Throws Failure unless this version's units run. Includes the timer if it exists or is wanted. */
export async function checkService(wantsRetries: boolean, context: Context): Promise<Service> {
  const retries = wantsRetries || hasTimer(context)
  for (const { name, is } of await installedUnits(retries, context)) {
    if (is === 'absent') throw notInOrder(`${name} is not installed`, wantsRetries)
    if (is === 'other') throw notInOrder(`${name} is of another version`, wantsRetries)
  }
  for (const name of [PATH_UNIT, SERVICE_UNIT, ...(retries ? [RETRY_TIMER] : [])]) {
    const state = stateOf(name, context)
    if (state === 'active') continue
    throw notInOrder(`${name} is ${state || 'in an unknown state'}`, wantsRetries)
  }
  return { folder: unitFolder(context), retries }
}

/** Stops the watcher and removes its units, if there are any. Throws Failure if a unit cannot be stopped. */
export function removeService(context: Context): void {
  stop(context)
  for (const name of [PATH_UNIT, SERVICE_UNIT, RETRY_TIMER]) {
    if (stateOf(name, context) !== 'active') continue
    const problem = `${name} cannot be stopped; its units are kept`
    throw serviceFailed({ problem, hint: `see why with: systemctl --user stop ${name}` })
  }
  const units = [PATH_UNIT, SERVICE_UNIT, RETRY_TIMER, RETRY_SERVICE]
  try {
    for (const name of units) remove(unitFile(name, context))
    for (const name of SERVICES) removeDropIn(dropInFolder(name, context), context)
  } catch (error) {
    throw serviceFailed({ problem: `cannot remove the units: ${reasonOf(error)}` }, error)
  } finally {
    call(['daemon-reload'], context)
  }
}

/** Removes only our own file. Other settings beside it stay, and so do files behind a link. */
function removeDropIn(folder: string, { err }: Context): void {
  if (!(lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false)) return
  remove(`${folder}/${DROP_IN}`)
  if (!removeIfEmpty(folder)) err(`warning: ${folder} holds more than was installed: kept`)
}

function hasTimer(context: Context): boolean {
  return existsSync(unitFile(RETRY_TIMER, context))
}

function systemctl(args: readonly string[], context: Context): void {
  const result = call(args, context)
  if (result.exitCode === 0) return
  if (result.failure === 'not-found') throw withoutSystemd('systemctl not found')
  const words = result.failure === 'timed-out' ? `no answer within ${TIME_LIMIT / 1000} s` : lastWords(result)
  const problem = `systemctl --user ${args.join(' ')}: ${words}`
  throw /connect to (user scope )?bus/i.test(words) ? withoutSystemd(problem) : serviceFailed({ problem })
}

function stop(context: Context): void {
  const timers = hasTimer(context) ? [RETRY_TIMER] : []
  // Not `disable --now`: it refuses if systemd does not seem to be the first process, as in containers.
  call(['stop', PATH_UNIT, SERVICE_UNIT, ...timers], context)
  call(['disable', PATH_UNIT, ...timers], context)
}

/** `active`, `inactive`, … Empty if nothing is known. */
function stateOf(unit: string, context: Context): string {
  return call(['is-active', unit], context).stdout.trim()
}

function call(args: readonly string[], { env }: Context) {
  return execSync('systemctl', ['--user', ...args], { env, timeout: TIME_LIMIT })
}

function withoutSystemd(problem: string): Failure {
  return serviceFailed({ problem, hint: `without systemd, ${START_AT_LOGIN}` })
}
