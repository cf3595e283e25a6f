import type { Context } from '../command/context'
import { usesLaunchd } from './manager'

/** Milliseconds that the program which knows the service may take. */
const TIME_LIMIT = 10_000

/** What is there of the watcher's service, without the retries. For the doctor. */
export interface WatcherState {
  /** Each file that describes the service. */
  readonly files: readonly { readonly name: string; readonly is: 'absent' | 'current' | 'other' }[]
  /** What starts services here: `systemd`. */
  readonly manager: string
  /** The service, as that program calls it. */
  readonly service: string
  /** Where the service's own words are: a command, or a file. */
  readonly words: string
  /** How the service is. `active` if it runs. Undefined without an answer. Does not block. */
  runs(): Promise<string | undefined>
}

/** Throws the system's error if a file of the service cannot be read. */
export async function watcherState(context: Context): Promise<WatcherState> {
  return usesLaunchd(context) ? ofLaunchd(context) : ofSystemd(context)
}

async function ofSystemd(context: Context): Promise<WatcherState> {
  const { installedUnits, SERVICE_UNIT, watcherStates } = await import('./systemd')
  return {
    files: await installedUnits(false, context),
    manager: 'systemd',
    service: SERVICE_UNIT,
    words: 'journalctl --user',
    async runs() {
      const states = await watcherStates(context, TIME_LIMIT)
      if (states === undefined) return undefined
      return states.every((state) => state === 'active') ? 'active' : states[1] || 'in an unknown state'
    },
  }
}

async function ofLaunchd(context: Context): Promise<WatcherState> {
  const { agentLog, installedAgents, WATCHER } = await import('./launchd-agents')
  const agents = await installedAgents(false, context)
  return {
    files: agents.map(({ label, is }) => ({ name: `${label}.plist`, is })),
    manager: 'launchd',
    service: WATCHER,
    words: agentLog(WATCHER, context),
    async runs() {
      const { watcherAgentState } = await import('./launchd')
      const state = await watcherAgentState(context, TIME_LIMIT)
      return state === 'running' ? 'active' : state
    },
  }
}
