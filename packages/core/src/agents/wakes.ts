import type { WakeLimits } from '../peers/limits-table'
import type { HeldBack, ProjectRecord } from './project-record'
import { digest } from './record-store'

/** Milliseconds over which wakes are counted (contract C24). */
export const HOUR = 60 * 60 * 1000
/** Milliseconds after a hold in which a person is not told again of the same conversation. */
const QUIET = 24 * HOUR
/** Characters of a conversation that are kept. Only people read them. */
const LONGEST_NAME = 200

/** Types of messages that wake nobody. */
const SILENT_TYPES = new Set(['progress', 'release'])

export function isSilent(type: string | undefined): boolean {
  return type === undefined || SILENT_TYPES.has(type)
}

/**
 * When a conversation may wake a session again: at once, at a time in milliseconds since the epoch, or never. Counts the
 * wakes of all sessions of the project.
 */
export function mayWake(
  { wakes }: ProjectRecord,
  conversation: string,
  limits: WakeLimits,
  now: number,
): 'now' | 'never' | number {
  if (limits.perConversation === 0 || limits.perProject === 0) return 'never'
  const key = digest(conversation)
  // A time in the future comes from a clock that was set back. It still counts.
  const recent = wakes.filter(({ at }) => at > now - HOUR)
  const times = recent.map(({ at }) => at)
  const own = recent.filter(({ conversations }) => conversations.includes(key)).map(({ at }) => at)
  const next = Math.max(freeAt(own, limits.perConversation), freeAt(times, limits.perProject))
  return next <= now ? 'now' : next
}

/** When fewer than `limit` of these wakes are in the last hour. */
function freeAt(times: readonly number[], limit: number): number {
  return times.length < limit ? 0 : ([...times].sort((a, b) => a - b)[times.length - limit] ?? 0) + HOUR
}

/** Counts a wake that tells of these conversations. Forgets those that no longer count. */
export function countWake(
  record: ProjectRecord,
  session: string,
  conversations: readonly string[],
  now: number,
): void {
  const keys = [...new Set(conversations.map((conversation) => digest(conversation)))]
  record.wakes = [
    ...record.wakes.filter(({ at }) => at > now - HOUR),
    { session, at: now, conversations: keys },
  ]
}

/** Takes back the last wake of a session, which did not reach it. */
export function uncountWake(record: ProjectRecord, session: string): void {
  const last = record.wakes.findLastIndex((wake) => wake.session === session)
  record.wakes = record.wakes.filter((_, index) => index !== last)
}

/** Notes that a conversation wakes nobody until then. Returns whether a person must be told now. */
export function holdBack(record: ProjectRecord, name: string, until: number, now: number): boolean {
  const conversation = name.slice(0, LONGEST_NAME).toWellFormed()
  const known = record.heldBack.find((held) => held.conversation === conversation)
  if (known === undefined) {
    record.heldBack = [
      ...record.heldBack.filter((held) => !isOver(held, now)),
      { conversation, until, toldAt: now },
    ]
    return true
  }
  const mustTell = isOver(known, now)
  known.until = until
  if (mustTell) known.toldAt = now
  return mustTell
}

function isOver({ until }: HeldBack, now: number): boolean {
  return now - until > QUIET
}

/** When a message counts as come: when it came, or when its conversation may wake again. */
export function arrivalOf(
  arrived: number,
  conversation: string | undefined,
  { heldBack }: ProjectRecord,
): number {
  const name = conversation?.slice(0, LONGEST_NAME).toWellFormed()
  const held = heldBack.find((one) => one.conversation === name)
  return Math.max(arrived, held?.until ?? 0)
}
