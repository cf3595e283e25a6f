import { requireNotHalted } from '../brake/halt'
import type { Context } from '../command/context'
import { remove } from '../fs/durable'
import { FileSet } from '../fs/file-set'
import { reasonOf } from '../fs/system-error'
import type { Result } from '../programs/exec'
import { bootstrap, call, domain, stateOf, target, unload, wordsOf } from './launchd'
import {
  agentFile,
  agentFolder,
  agentTexts,
  installedAgents,
  isInstalled,
  RETRIES,
  WATCHER,
} from './launchd-agents'
import { notInOrder, START_AT_LOGIN, serviceFailed } from './service-failure'
import { isUnfit, programFolders } from './service-path'
import type { Service } from './watcher-service'

/** Milliseconds in which launchd loads or unloads an agent. */
const TIME_LIMIT = 10_000
/** The folders of the programs that a watcher calls: those of Homebrew and MacPorts, and the system's own. */
const USUAL_FOLDERS = '/opt/homebrew/bin /usr/local/bin /opt/local/bin /usr/bin /bin /usr/sbin /sbin'.split(
  ' ',
)

/** See watcher-service.ts. */
export async function installService(wantsRetries: boolean, context: Context): Promise<Service> {
  requireNotHalted(context)
  const retries = wantsRetries || hasRetries(context)
  const files = new FileSet()
  const agents = await agentsOf(retries, context)
  try {
    files.write(agents.map(([label, text]) => [agentFile(label, context), text]))
  } catch (error) {
    throw serviceFailed({ problem: `cannot write the property lists: ${reasonOf(error)}` }, error)
  }
  try {
    for (const [label] of agents) await load(label, context)
  } catch (error) {
    for (const [label] of agents) await unload(label, context, TIME_LIMIT)
    files.restore()
    throw error
  }
  return { folder: agentFolder(context), retries }
}

/** See watcher-service.ts. */
export async function checkService(wantsRetries: boolean, context: Context): Promise<Service> {
  const retries = wantsRetries || hasRetries(context)
  for (const { label, is } of await installedAgents(retries, context)) {
    if (is === 'absent') throw notInOrder(`${label}.plist is not installed`, wantsRetries)
    if (is === 'other') throw notInOrder(`${label}.plist is of another version`, wantsRetries)
  }
  for (const label of [WATCHER, ...(retries ? [RETRIES] : [])]) {
    const state = await stateOf(label, context)
    // The retries run only now and then.
    if (state === 'running' || (state === 'not running' && label === RETRIES)) continue
    throw notInOrder(`${label} is ${state ?? 'in an unknown state'}`, wantsRetries)
  }
  return { folder: agentFolder(context), retries }
}

/** See watcher-service.ts. */
export async function removeService(context: Context): Promise<void> {
  const labels = [WATCHER, RETRIES]
  for (const label of labels) {
    const { isUnloaded } = await unload(label, context, TIME_LIMIT)
    // No answer is no reason to keep them, as with systemd.
    if (isUnloaded || (await stateOf(label, context)) === undefined) continue
    const problem = `${label} cannot be stopped; its property list is kept`
    throw serviceFailed({ problem, hint: `see why with: launchctl bootout ${target(label)}` })
  }
  try {
    for (const label of labels) remove(agentFile(label, context))
  } catch (error) {
    throw serviceFailed({ problem: `cannot remove the property lists: ${reasonOf(error)}` }, error)
  }
}

function agentsOf(retries: boolean, context: Context) {
  if (isUnfit(context.home))
    throw serviceFailed({ problem: `a property list cannot hold the name of ${context.home}` })
  const folders = programFolders(retries, 'a property list', context)
  return agentTexts(retries, [...new Set([...folders, ...USUAL_FOLDERS])].join(':'), context)
}

function hasRetries(context: Context): boolean {
  return isInstalled(RETRIES, context)
}

/** Loads an agent in place of one that may be loaded. Throws Failure. */
async function load(label: string, context: Context): Promise<void> {
  await unload(label, context, TIME_LIMIT)
  // Somebody may have switched it off; then it would not start at login either.
  await call(['enable', target(label)], context)
  const result = await bootstrap(label, context, TIME_LIMIT)
  if (result.exitCode === 0) return
  throw serviceFailed({
    problem: `launchctl bootstrap ${domain()} ${agentFile(label, context)}: ${wordsOf(result)}`,
    ...(hasNoDomain(result)
      ? { hint: `log in at the screen of this Mac and install it there, or ${START_AT_LOGIN}` }
      : {}),
  })
}

/** There is no launchd, or it has no domain for a user who came by ssh: EPERM, its own code, ENOTSUP of the domain. */
function hasNoDomain({ exitCode, failure }: Result): boolean {
  return failure === 'not-found' || [1, 112, 125].includes(exitCode ?? 0)
}
