import { isSameProcess, type ProcessId } from '../programs/process-id'
import type { Session } from '../programs/session'
import type { Agent, AgentRun, HookInput } from './agent'
import { isCodexServer } from './codex-clients'
import { type KnownSession, NOT_TOLD, type ProjectRecord, type SessionName } from './project-record'
import { digest } from './record-store'

/** The session that a hook belongs to, as its event shows it. */
export interface SessionHere {
  readonly key: string
  readonly agent: Agent
  readonly input: HookInput
  readonly process: ProcessId | undefined
  readonly run: AgentRun
  readonly isOneShot: boolean
}

/** `process` is the agent's. */
export function sessionHere(
  agent: Agent,
  input: HookInput,
  process: ProcessId | undefined,
  run: AgentRun,
): SessionHere {
  const key = digest(agent.name, input.sessionId)
  return { key, agent, input, process, run, isOneShot: agent.isOneShot(run) }
}

/** The most earlier names of a session. */
const MOST_NAMES = 16

/** Notes that an event of a session has come. Returns what is known of the session. */
export function noteEvent(record: ProjectRecord, here: SessionHere, now: number): KnownSession {
  const session = join(record, here, now)
  const { moment, continues } = here.input
  session.lastEvent = Math.max(now, session.lastEvent)
  if (moment === 'prompt') session.waiter = ''
  if (continues !== 'compacted') session.isIdle = moment !== 'prompt'
  return session
}

/** What is known of a session, which becomes known by this. Its last event stays. */
export function join(record: ProjectRecord, here: SessionHere, now: number): KnownSession {
  const { agent, process, key, input, isOneShot, run } = here
  const known = record.sessions.find((session) => session.key === key)
  const before = process === undefined ? [] : othersIn(process, record, here)
  const [latest] = before.sort((a, b) => b.lastEvent - a.lastEvent)
  if (agent.hasOneSession) forget(record, before)
  const session = known ?? newSession(here, now)
  if (known === undefined) record.sessions.push(session)
  if (latest !== undefined && input.continues === 'cleared' && known === undefined) {
    session.formerly = [...latest.formerly, nameOf(latest)].slice(-MOST_NAMES)
    session.warnedAt = latest.warnedAt
    forget(record, [latest])
  }
  session.process = process
  session.isOneShot = isOneShot
  session.servedIn = agent.name === 'codex' && isCodexServer(run.words) ? input.cwd : ''
  return session
}

/** Other sessions of this agent in the same process. */
function othersIn(process: ProcessId, { sessions }: ProjectRecord, { key, agent }: SessionHere) {
  return sessions.filter(
    (other) =>
      other.key !== key &&
      other.agent === agent.name &&
      other.process !== undefined &&
      isSameProcess(other.process, process),
  )
}

function forget(record: ProjectRecord, gone: readonly KnownSession[]): void {
  record.sessions = record.sessions.filter((session) => !gone.includes(session))
}

function newSession({ key, agent, input, process }: SessionHere, now: number): KnownSession {
  return {
    key,
    id: input.sessionId,
    agent: agent.name,
    process,
    servedIn: '',
    isOneShot: false,
    isIdle: true,
    lastEvent: now,
    answeredAt: 0,
    prolongedAt: 0,
    answer: NOT_TOLD,
    warnedAt: 0,
    waiter: '',
    formerly: [],
  }
}

function nameOf({ key, id }: SessionName): SessionName {
  return { key, id }
}

/** Whether a telling to `key` was one to this session, also under an earlier name. */
export function isNamed(session: KnownSession, key: string): boolean {
  return session.key === key || session.formerly.some((name) => name.key === key)
}

/** The session as takes name it: by the agent's id, by the word in the environment, or by its process. */
export function asTakers(session: KnownSession, { env }: AgentRun): Session[] {
  const ids = [session.id, ...session.formerly.map(({ id }) => id)]
  const word = env.CROSS_AGENT_SESSION
  return [...ids, ...(word ? [word] : [])].map((id) => ({ id, process: session.process }))
}
