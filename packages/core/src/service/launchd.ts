import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../command/context'
import type { Result } from '../programs/exec'
import { agentFile, isInstalled, WATCHER } from './launchd-agents'

/** Milliseconds that starting or stopping the watcher may take. */
const TIME_LIMIT = 5000
/** Milliseconds between two looks, or two tries to load an agent. */
const PAUSE = 100
/** What launchctl says of an agent that is loaded, and for a while of one that was: EIO, EEXIST, EALREADY. */
const IS_LOADED = [5, 17, 37]
/** What it says of an agent that is not loaded: ESRCH, and its own codes, without such a domain and without the agent. */
const NOT_LOADED = [3, 112, 113]
/** It does not wait until the agent has ended: EINPROGRESS. */
const IS_ENDING = 36

/** Where launchd keeps what it starts for a user who is logged in at the screen. */
export function domain(): string {
  return `gui/${process.getuid?.() ?? ''}`
}

/** What launchctl says of an agent. Undefined if it gives no answer. */
export type AgentState = 'running' | 'not running' | 'not loaded' | undefined

/** The state in the answer of `launchctl print`. */
export function stateIn({ exitCode, stdout }: Result): AgentState {
  if (NOT_LOADED.includes(exitCode ?? 0)) return 'not loaded'
  if (exitCode !== 0) return undefined
  return /^\s*(?:state = running|pid = \d+)\s*$/m.test(stdout) ? 'running' : 'not running'
}

/** The watcher's state. Does not block, so other checks can run meanwhile. */
export async function watcherAgentState({ env }: Context, timeout: number): Promise<AgentState> {
  const { exec } = await import('../programs/exec')
  return stateIn(await exec('launchctl', ['print', target(WATCHER)], { env, timeout }))
}

/** Stops the watcher. It is no problem if none is loaded. Returns the problems. */
export async function stop(context: Context): Promise<string[]> {
  const { result, isUnloaded } = await unload(WATCHER, context, TIME_LIMIT)
  if (isUnloaded) return []
  return [result.exitCode === 0 ? 'launchctl bootout: it has not ended yet' : wordsOf(result)]
}

/** Starts the watcher, also if it is loaded already. Returns the problems. */
export async function start(context: Context): Promise<string[]> {
  const file = agentFile(WATCHER, context)
  if (!isInstalled(WATCHER, context)) return [`${file} is not installed`]
  const result = await bootstrap(WATCHER, context, TIME_LIMIT)
  if (result.exitCode === 0) return []
  const kicked = await call(['kickstart', target(WATCHER)], context)
  return kicked.exitCode === 0 ? [] : [wordsOf(result)]
}

/** Loads an agent, which starts it. For a while after the end of the former one, launchd refuses that. */
export async function bootstrap(label: string, context: Context, timeLimit: number): Promise<Result> {
  const end = performance.now() + timeLimit
  for (;;) {
    const result = await call(['bootstrap', domain(), agentFile(label, context)], context, timeLimit)
    if (!IS_LOADED.includes(result.exitCode ?? 0) || performance.now() > end) return result
    if ((await stateOf(label, context)) !== 'not loaded') return result
    await sleep(PAUSE)
  }
}

/** Unloads an agent and waits for its end, up to `timeLimit` milliseconds: launchctl does not always wait. */
export async function unload(
  label: string,
  context: Context,
  timeLimit: number,
): Promise<{ readonly result: Result; readonly isUnloaded: boolean }> {
  const result = await call(['bootout', target(label)], context, timeLimit)
  if (NOT_LOADED.includes(result.exitCode ?? 0)) return { result, isUnloaded: true }
  const mayEnd = result.exitCode === 0 || result.exitCode === IS_ENDING
  const end = performance.now() + (mayEnd ? timeLimit : 0)
  for (;;) {
    const state = await stateOf(label, context)
    if (state === 'not loaded') return { result, isUnloaded: true }
    if (state === undefined || performance.now() > end) return { result, isUnloaded: false }
    await sleep(PAUSE)
  }
}

/** Asks launchctl. */
export async function stateOf(label: string, context: Context): Promise<AgentState> {
  return stateIn(await call(['print', target(label)], context))
}

/** How launchctl calls a loaded agent. */
export function target(label: string): string {
  return `${domain()}/${label}`
}

/** Runs launchctl. */
export async function call(args: readonly string[], { env }: Context, timeout = TIME_LIMIT): Promise<Result> {
  // Imported here so that earlier steps of a command do not wait for it.
  const { execSync } = await import('../programs/exec')
  return execSync('launchctl', args, { env, timeout })
}

/** Why launchctl failed. Its first line says it, the second advises to be root. */
export function wordsOf({ exitCode, failure, stderr, detail }: Result): string {
  if (failure === 'not-found') return 'launchctl not found'
  if (failure === 'timed-out') return 'launchctl did not end in time'
  const [first] = stderr.split('\n').filter((line) => line.trim() !== '')
  return first?.trim() ?? `launchctl: exit ${exitCode ?? detail}`
}
