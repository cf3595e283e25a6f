import { isGone, isTerminal, lookAtProcess, type ProcessId, processScope } from '../programs/process-id'
import type { AgentRun } from './agent'
import { clientsIn } from './codex-clients'
import type { KnownSession } from './project-record'

/** How the agent's process was started, as far as it can be seen. Its words are no proof of anything. */
export function agentRun(
  process: ProcessId | undefined,
  env: Readonly<Record<string, string | undefined>>,
): AgentRun {
  const found = process && lookAtProcess(process.pid)
  const words = found === undefined || found === 'gone' ? [] : found.words
  return { words, env, hasTerminal: process === undefined || isTerminal(process.pid) }
}

/** Milliseconds without a hook event after which a session is over, if its process cannot be judged. */
const OVER_AFTER = 12 * 60 * 60 * 1000

/**
 * Whether a session is still there, however it may have ended (contract B77). `all` are the sessions of its project:
 * where a server runs sessions for clients, as many count as there are clients, those active last.
 */
export function isLiving(session: KnownSession, all: readonly KnownSession[], now: number): boolean {
  const { process } = session
  if (process === undefined || !isJudgedHere(process)) {
    if (process !== undefined && isOfEarlierBoot(process)) return false
    return session.servedIn === '' && now - session.lastEvent < OVER_AFTER
  }
  if (isGone(process)) return false
  return session.servedIn === '' || isOpenInClient(session, all)
}

function isJudgedHere({ scope }: ProcessId): boolean {
  return scope === processScope()
}

/** No process survives a restart of this machine. A scope begins with the machine and the boot. */
function isOfEarlierBoot({ scope }: ProcessId): boolean {
  const [machine, boot] = scope.split('-')
  const [ownMachine, ownBoot] = processScope().split('-')
  if (!machine || !boot || !ownBoot) return false
  return machine === ownMachine && boot !== ownBoot
}

/** A server tells nobody when a client leaves a session. Only clients in the session's own folder count. */
function isOpenInClient(
  { servedIn, lastEvent, process }: KnownSession,
  all: readonly KnownSession[],
): boolean {
  const later = all.filter(
    (other) =>
      other.servedIn === servedIn && other.process?.pid === process?.pid && other.lastEvent > lastEvent,
  )
  return later.length < clientsIn(servedIn)
}

/** Whether `option` is among an agent's arguments, before any `--`. */
export function hasOption({ words }: AgentRun, ...options: readonly string[]): boolean {
  const end = words.indexOf('--')
  return words
    .slice(1, end < 0 ? undefined : end)
    .some((word) => options.some((option) => word === option || word.startsWith(`${option}=`)))
}
