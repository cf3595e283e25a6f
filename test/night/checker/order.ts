import type { Breach, CommandRan, Handled, Intended, Moment } from '../history'
import { hadFault, hasScripts, keyOf, seconds, showBefore } from './asking'
import { addTo, fileKey, type Index, placeKey, type Show } from './night-index'
import { nameIn, sentTo } from './outward'
import { LATER_NAME, PUSHED_NAME } from './parameters'

/** A message that was surely delivered, and was handled at its place. */
interface Delivered {
  readonly token: string
  readonly intended: Intended
  readonly send: CommandRan
  /** In the inbox. */
  readonly file: string
  readonly first: Handled
  readonly show: Show
}

/** Promise 3: of two messages of one sender in one conversation, the earlier one is handled first. */
export function inOrder(index: Index): Breach[] {
  const talks = new Map<string, Delivered[]>()
  for (const intended of index.intended.values()) {
    const delivered = deliveredOf(index, intended)
    if (delivered === undefined) continue
    const { from, to, conversation } = intended
    addTo(talks, `${keyOf(from)} ${keyOf(to)} ${conversation}`, delivered)
  }
  const killed = killedTakes(index)
  return [...talks.values()].flatMap((talk) => outOfOrder(index, talk, killed))
}

function deliveredOf(index: Index, intended: Intended): Delivered | undefined {
  const { token, to, from } = intended
  const send = index.sends.get(token)
  const path = send === undefined ? undefined : sentTo(send)
  const first = index.handled.get(token)?.find((one) => keyOf(one) === keyOf(to))
  if (send === undefined || path === undefined || first === undefined) return undefined
  if (hasScripts(index, to.machine) || hasScripts(index, from.machine)) return undefined
  const show = showBefore(index, first)
  return show === undefined ? undefined : { token, intended, send, file: nameIn(path), first, show }
}

/** Each message is compared with that later one which was handled soonest. */
function outOfOrder(
  index: Index,
  talk: readonly Delivered[],
  killed: ReadonlyMap<string, readonly CommandRan[]>,
): Breach[] {
  const sorted = talk.toSorted((a, b) => a.send.at - b.send.at)
  const soonest = soonestFromHere(sorted.map((one) => (mayOvertake(index, one) ? one : undefined)))
  const begins = sorted.map(({ send }) => send.at)
  return sorted.flatMap((one) => {
    const later = soonest[firstFrom(begins, one.send.ended + marginAfter(sorted, begins, one))]
    if (later === undefined || later.first.at >= one.first.at) return []
    if (mayBeLate(index, one, later, killed)) return []
    const text = `${one.token} must be handled before ${later.token} of the same conversation, which was sent ${seconds(later.send.at - one.send.ended)} later, but they were handled at ${seconds(one.first.at)} and ${seconds(later.first.at)}`
    return [{ promise: 3, token: one.token, text }]
  })
}

/** What was sent at the same time may have pushed the name on. */
function marginAfter(sorted: readonly Delivered[], begins: readonly Moment[], { send }: Delivered): Moment {
  const near = firstFrom(begins, send.ended) - firstFrom(begins, send.at - 5 * LATER_NAME)
  return LATER_NAME + PUSHED_NAME * Math.min(near, sorted.length)
}

/** The index of the first that is not below a value, in a sorted list. */
function firstFrom(list: readonly number[], value: number): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** For each position, which of the list from there on was handled first. */
function soonestFromHere(list: readonly (Delivered | undefined)[]): (Delivered | undefined)[] {
  const soonest: (Delivered | undefined)[] = []
  let best: Delivered | undefined
  for (let at = list.length - 1; at >= 0; at--) {
    const one = list[at]
    if (one !== undefined && (best === undefined || one.first.at < best.first.at)) best = one
    soonest[at] = best
  }
  return soonest
}

/** An awaited answer comes at once, and so does a copy that has an earlier name. */
function mayOvertake(index: Index, { show, first }: Delivered): boolean {
  const isCopy = index.plantedFiles.has(fileKey(show.place, nameIn(first.file)))
  return show.by.command === 'recv' && show.by.args.includes('--next') && !isCopy
}

function mayBeLate(
  index: Index,
  one: Delivered,
  later: Delivered,
  killed: ReadonlyMap<string, readonly CommandRan[]>,
): boolean {
  const { from, to } = one.intended
  const taken = later.show.by
  // It was not there yet when the later one was taken.
  if (one.send.ended >= taken.at) return true
  if (hadFault(index, ['clock'], from, one.send.at, later.send.ended)) return true
  if (hadFault(index, ['folder away'], to, one.send.at, taken.ended)) return true
  const place = keyOf(to)
  const hands = index.showsOfFile.get(fileKey(place, one.file)) ?? []
  // It was rejected, put back, or in the hands of somebody who may be gone.
  if (hands.some(({ by }) => by.at <= taken.ended)) return true
  if ((index.moves.get(fileKey(place, one.file)) ?? []).some(({ by }) => by.at <= taken.ended)) return true
  return (killed.get(place) ?? []).some(
    (command) => command.ended >= one.send.ended && command.at <= taken.ended,
  )
}

/** Commands that may have taken a message, and were killed before they could say so. By place. */
function killedTakes({ commands }: Index): Map<string, CommandRan[]> {
  const killed = new Map<string, CommandRan[]>()
  for (const command of commands)
    if (command.command === 'recv' && command.exit === null)
      addTo(killed, placeKey(command.machine, command.project), command)
  return killed
}
