import type { Breach, CommandRan, Fault, Moment } from '../history'
import { hasScripts, keyOf, seconds } from './asking'
import { addTo, type Index, placeKey } from './night-index'
import { isWake } from './outward'
import { FORGETTING_JUMP, HOUR, SECOND, WAKES_PER_CONVERSATION, WAKES_PER_PROJECT } from './parameters'

/** Promise 5: no project is woken more often than its limits allow (C24). */
export function wakesBounded(index: Index): Breach[] {
  const wakes = new Map<string, CommandRan[]>()
  for (const command of index.commands)
    if (isWake(command)) addTo(wakes, placeKey(command.machine, command.project), command)
  const conversations = conversationsOf(index)
  return [...wakes].flatMap(([place, all]) => {
    const resets = resetsOn(index, all[0]?.machine ?? '')
    const limit = Math.min(WAKES_PER_PROJECT, WAKES_PER_CONVERSATION * (conversations.get(place)?.size ?? 0))
    const breach = tooMany(place, all, limit, resets)
    return breach === undefined ? [] : [breach]
  })
}

/** The first hour that has too many wakes. */
function tooMany(
  place: string,
  wakes: readonly CommandRan[],
  limit: number,
  resets: readonly Moment[],
): Breach | undefined {
  let from = 0
  for (const [number, { ended }] of wakes.entries()) {
    while ((wakes[from]?.ended ?? ended) <= ended - HOUR) from++
    const count = number - from + 1
    const begin = wakes[from]?.ended ?? ended
    // What is forgotten while the hour lasts, or right before, gives a full measure again.
    const measures = 1 + resets.filter((at) => at >= begin - HOUR && at <= ended).length
    if (count > limit * measures) {
      const text = `${place} must be woken at most ${limit * measures} times in an hour, but it was woken ${count} times from ${seconds(begin)} to ${seconds(ended)}`
      return { promise: 5, text }
    }
  }
  return undefined
}

/** Conversations of which a project may have got messages. What a script sent does not say to whom: a copy counts. */
function conversationsOf(index: Index): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>()
  const add = (place: string, conversation: string) => {
    const set = known.get(place)
    if (set === undefined) known.set(place, new Set([conversation]))
    else set.add(conversation)
  }
  for (const { to, conversation } of index.intended.values()) add(keyOf(to), conversation)
  for (const [token, copies] of index.planted) {
    const original = index.intended.get(token)
    if (original !== undefined && hasScripts(index, original.from.machine))
      for (const copy of copies) add(keyOf(copy), original.conversation)
  }
  return known
}

/** When the record of wakes on a machine may have been lost: a clock put forward, or a power cut. */
function resetsOn({ faults }: Index, machine: string): Moment[] {
  return (faults.get(machine) ?? []).flatMap((fault) => {
    if (fault.fault === 'power cut') return [fault.at]
    return fault.fault === 'clock' ? jumpOf(fault) : []
  })
}

/** A clock that was put back goes forward when it is put right. */
function jumpOf({ detail, at, ended }: Fault): Moment[] {
  const offset = Number(detail) * SECOND
  if (Math.abs(offset) < FORGETTING_JUMP) return []
  return Number.isNaN(offset) ? [at, ended] : [offset > 0 ? at : ended]
}
