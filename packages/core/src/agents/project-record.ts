import type { ProcessId } from '../programs/process-id'
import { AGENT_NAMES, type AgentName } from './agent'

/** Another name of a session: `/clear` gives a new id in the same process, and it stays the same session. */
export interface SessionName {
  /** The session's key in tellings. */
  readonly key: string
  /** The agent's own id. Somebody else chose it. */
  readonly id: string
}

/** A session that has sent a hook event. Times are in milliseconds since the epoch. */
export interface KnownSession extends SessionName {
  readonly agent: AgentName
  /** Undefined if it could not be judged later. */
  process: ProcessId | undefined
  /** The working folder, if a server runs the session for clients that come and go. Empty otherwise. */
  servedIn: string
  isOneShot: boolean
  /** Whether no turn runs, as far as hooks tell. */
  isIdle: boolean
  lastEvent: number
  /** When the hook at its start was done. */
  answeredAt: number
  /** When a hook last let a turn go on. */
  prolongedAt: number
  /** `answer` of the input at the end of its last turn, or NOT_TOLD. */
  answer: string
  /** When it was last told of messages that must not be acted on. */
  warnedAt: number
  /** The current waiter's token. Empty if there is none. */
  waiter: string
  formerly: readonly SessionName[]
}

/** The agent does not tell what it answered. */
export const NOT_TOLD = '-'

/** Of which message which session was told, and when. */
export interface Telling {
  readonly message: string
  readonly session: string
  readonly at: number
}

/** One wake, and the conversations that it told of, as digests. */
export interface Wake {
  readonly session: string
  readonly at: number
  readonly conversations: readonly string[]
}

/** A conversation that wakes nobody until then, because it has woken too often. */
export interface HeldBack {
  /** As the message names it: hostile text. */
  readonly conversation: string
  until: number
  /** When a person was told. */
  toldAt: number
}

/** What all sessions of one project share (contracts C23, C24). Kept in one file. */
export interface ProjectRecord {
  sessions: KnownSession[]
  tellings: Telling[]
  wakes: Wake[]
  heldBack: HeldBack[]
}

/** Limits of the record. The newest entries stay. */
const MOST_SESSIONS = 200
const MOST_TELLINGS = 4000
const MOST_WAKES = 1000
const MOST_HELD_BACK = 50

const FORM = 'cross-agent project record 1'

/** The record as bytes of its file, within its limits. */
export function formatRecord({ sessions, tellings, wakes, heldBack }: ProjectRecord): string {
  const newest = [...sessions].sort((a, b) => b.lastEvent - a.lastEvent).slice(0, MOST_SESSIONS)
  const record = {
    form: FORM,
    sessions: newest,
    tellings: tellings.slice(-MOST_TELLINGS),
    wakes: wakes.slice(-MOST_WAKES),
    heldBack: heldBack.slice(-MOST_HELD_BACK),
  }
  return `${JSON.stringify(record)}\n`
}

export function emptyRecord(): ProjectRecord {
  return { sessions: [], tellings: [], wakes: [], heldBack: [] }
}

/** Throws Error for anything that `formatRecord` does not write: a count that cannot be read must not begin anew. */
export function parseRecord(text: string): ProjectRecord {
  const value = objectOf(JSON.parse(text))
  if (value.form !== FORM) throw malformed()
  return {
    sessions: listOf(value.sessions, sessionOf),
    tellings: listOf(value.tellings, tellingOf),
    wakes: listOf(value.wakes, wakeOf),
    heldBack: listOf(value.heldBack, heldBackOf),
  }
}

type Raw = Readonly<Record<string, unknown>>

function sessionOf(raw: Raw): KnownSession {
  const agent = AGENT_NAMES.find((name) => name === raw.agent)
  if (agent === undefined) throw malformed()
  return {
    ...nameOf(raw),
    agent,
    process: raw.process === undefined ? undefined : processOf(objectOf(raw.process)),
    servedIn: textOf(raw.servedIn),
    isOneShot: raw.isOneShot === true,
    isIdle: raw.isIdle === true,
    lastEvent: numberOf(raw.lastEvent),
    answeredAt: numberOf(raw.answeredAt),
    prolongedAt: numberOf(raw.prolongedAt),
    answer: textOf(raw.answer),
    warnedAt: numberOf(raw.warnedAt),
    waiter: textOf(raw.waiter),
    formerly: listOf(raw.formerly, nameOf),
  }
}

function nameOf({ key, id }: Raw): SessionName {
  return { key: textOf(key), id: textOf(id) }
}

function processOf({ pid, started, scope }: Raw): ProcessId {
  return { pid: numberOf(pid), started: textOf(started), scope: textOf(scope) }
}

function tellingOf({ message, session, at }: Raw): Telling {
  return { message: textOf(message), session: textOf(session), at: numberOf(at) }
}

function wakeOf({ session, at, conversations }: Raw): Wake {
  if (!Array.isArray(conversations)) throw malformed()
  return { session: textOf(session), at: numberOf(at), conversations: conversations.map(textOf) }
}

function heldBackOf({ conversation, until, toldAt }: Raw): HeldBack {
  return { conversation: textOf(conversation), until: numberOf(until), toldAt: numberOf(toldAt) }
}

function listOf<Item>(value: unknown, read: (raw: Raw) => Item): Item[] {
  if (!Array.isArray(value)) throw malformed()
  return value.map((item) => read(objectOf(item)))
}

function objectOf(value: unknown): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed()
  return Object.fromEntries(Object.entries(value))
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw malformed()
  return value
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw malformed()
  return value
}

function malformed(): Error {
  return new Error('it does not have its form')
}
