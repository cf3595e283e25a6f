import { type BigIntStats, statSync } from 'node:fs'
import type { Take } from '../mailbox/takes'
import { isSameSession, type Session } from '../programs/session'
import { toPath } from '../text/raw-name'
import { isLiving } from './agent-run'
import { isNamed } from './known-sessions'
import type { KnownSession, ProjectRecord, Telling } from './project-record'
import { digest } from './record-store'

/** Milliseconds in which nobody took a message, after which another session is told (contract C23). */
export const PATIENCE = 60_000

/** A message as tellings know it. */
export interface Tellable {
  /** Names this file of the message. A put-back file keeps it; another message under the same name has another. */
  readonly message: string
  /** When it came here, in milliseconds since the epoch. */
  readonly arrived: number
}

/** Undefined if there is no such file. */
export function tellableAt(path: string): Tellable | undefined {
  const stats = statsOf(path)
  if (stats === undefined) return undefined
  const { dev, ino, birthtimeNs, size, mtimeNs, ctimeMs } = stats
  const message = digest(path, [dev, ino, birthtimeNs, size, mtimeNs].join(':'))
  // A message from elsewhere may have any modification time.
  return { message, arrived: Number(ctimeMs) }
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(toPath(path), { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Who holds a message. `other`: nobody else is told of it. `own`: its session is told at once, and alone. */
export type Hold = 'none' | 'own' | 'other' | 'taken'

/** Judges messages by the takes in their inboxes (contract C21). `own` are the names of this session. */
export function holdOf(
  name: string,
  conversation: () => string | undefined,
  takes: readonly Take[],
  own: readonly Session[],
): Hold {
  if (takes.length === 0) return 'none'
  if (takes.some((take) => take.name === name)) return 'taken'
  const held = conversation()
  const holders = takes.filter((take) => held !== undefined && take.conversation === held)
  if (holders.length === 0) return 'none'
  const isOwn = ({ by, process }: Take) => own.some((session) => isSameSession({ id: by, process }, session))
  return holders.some(isOwn) ? 'own' : 'other'
}

/** When a session may be told: at once, at a time in milliseconds since the epoch, or never. */
export type Turn = 'now' | 'never' | number

/**
 * Whose turn it is to be told of a message (contract C23). The session that was active last is first. Each further one
 * comes a minute after the one before it, if nobody took the message meanwhile. `isActive`: this session has a hook
 * event now, so it is the one that was active last.
 */
export function turnOf(
  session: KnownSession,
  { message, arrived }: Tellable,
  record: ProjectRecord,
  now: number,
  isActive: boolean,
): Turn {
  const told = record.tellings.filter((telling) => telling.message === message)
  if (told.some((telling) => isNamed(session, telling.session))) return 'never'
  const others = livingOthers(record, session, now)
  const last = lastTelling(told, others)
  const since = last ?? arrived
  if (isActive) return last === undefined || now - last >= PATIENCE ? 'now' : last + PATIENCE
  const ahead = others.filter(
    (other) =>
      other.lastEvent > session.lastEvent && !told.some((telling) => isNamed(other, telling.session)),
  ).length
  const due = since + PATIENCE * (ahead + (last === undefined ? 0 : 1))
  return (ahead === 0 && last === undefined) || now >= due ? 'now' : due
}

/**
 * The session did not hear the last reason to go on, so it may be told again. Gemini CLI calls its hook also after Esc, drops
 * what the hook says, and calls it once more with the same answer.
 */
export function forgetLastReason(record: ProjectRecord, { key, prolongedAt }: KnownSession): void {
  record.tellings = record.tellings.filter(({ session, at }) => session !== key || at !== prolongedAt)
}

function livingOthers({ sessions }: ProjectRecord, session: KnownSession, now: number): KnownSession[] {
  return sessions.filter((other) => other !== session && !other.isOneShot && isLiving(other, sessions, now))
}

/** When the last living session was told. */
function lastTelling(told: readonly Telling[], others: readonly KnownSession[]): number | undefined {
  const times = told
    .filter(({ session }) => others.some((other) => isNamed(other, session)))
    .map(({ at }) => at)
  return times.length === 0 ? undefined : Math.max(...times)
}
