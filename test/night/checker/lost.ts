import type { Breach, CommandRan, Intended } from '../history'
import { hadFault, hasScripts, keyOf, seconds } from './asking'
import type { Lying, Where, whereTokensLie } from './lying'
import type { Index } from './night-index'
import { keptAt, sentTo } from './outward'
import { LOOKING } from './parameters'

/** Promise 1: what was sent or kept is handled, or lies where it may lie. */
export function nothingLost(index: Index, lying: ReturnType<typeof whereTokensLie>): Breach[] {
  const paths = countPaths(index)
  const breaches: Breach[] = []
  for (const [token, intended] of index.intended) {
    const send = index.sends.get(token)
    if (send === undefined || index.handled.has(token) || isExempt(index, intended, send, paths)) continue
    const problem = problemOf(index, intended, send, lying.get(token) ?? [])
    if (problem !== undefined)
      breaches.push({ promise: 1, token, text: `${said(token, send)}, but ${problem}` })
  }
  return breaches
}

function said(token: string, send: CommandRan): string {
  const word = sentTo(send) === undefined ? 'message kept' : 'sent'
  return `${token} must not be lost: its send said "${word}:" at ${seconds(send.ended)}`
}

/** Undefined where nothing was promised, or all is well. */
function problemOf(
  index: Index,
  { to, from }: Intended,
  send: CommandRan,
  files: readonly Lying[],
): string | undefined {
  const isSent = sentTo(send) !== undefined
  if (!isSent && keptAt(send) === undefined) return undefined
  const lies = (where: readonly Where[]) =>
    files.some((one) => one.place === keyOf(to) && where.includes(one.where))
  if (lies(['inbox', 'aside'])) return undefined
  if (lies(['done']))
    return hasScripts(index, to.machine) ? undefined : 'it lies in done/ and nobody ever handled it'
  if (!files.some(({ where, machine }) => where === 'outbox' && machine === from.machine))
    return 'nobody handled it, and it lies nowhere'
  if (!isSent || hadFault(index, ['power cut'], from, send.at, Number.POSITIVE_INFINITY)) return undefined
  return 'nobody handled it, and it lies only in the outbox'
}

/** How many sends said that they had delivered to that very path. */
function countPaths({ sends }: Index): Map<string, number> {
  const counts = new Map<string, number>()
  for (const send of sends.values()) {
    const path = sentTo(send)
    if (path !== undefined) counts.set(pathKey(send, path), (counts.get(pathKey(send, path)) ?? 0) + 1)
  }
  return counts
}

function pathKey({ machine }: CommandRan, path: string): string {
  return `${machine} ${path}`
}

function isExempt(
  index: Index,
  { to, from }: Intended,
  send: CommandRan,
  paths: ReadonlyMap<string, number>,
): boolean {
  const forever = Number.POSITIVE_INFINITY
  if (hadFault(index, ['power cut'], from, send.at, send.ended)) return true
  // Who brings the folder back merges two: what is written in that moment may be overlooked.
  if (endsAway(index, to.machine, to.project, send)) return true
  if (send.kind !== 'script') return false
  // The scripts flush nothing, and overwrite what has the same name.
  if (hadFault(index, ['power cut'], to, send.at, forever)) return true
  return (paths.get(pathKey(send, sentTo(send) ?? '')) ?? 0) > 1
}

function endsAway({ faults }: Index, machine: string, project: string, { at, ended }: CommandRan): boolean {
  return (faults.get(machine) ?? []).some(
    (one) =>
      one.fault === 'folder away' &&
      one.project === project &&
      one.ended >= at - LOOKING &&
      one.ended <= ended + LOOKING,
  )
}
