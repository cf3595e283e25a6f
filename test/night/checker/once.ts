import type { Breach, Handled, Moment } from '../history'
import { hadFault, hasScripts, keyOf, seconds, showBefore } from './asking'
import { fileKey, type Index, type Show } from './night-index'
import { nameIn } from './outward'
import { KILL_NOTED_LATE, LOOKING } from './parameters'

/** Promise 1: nothing is handled twice, but what was in hand when something was killed or failed. */
export function handledOnce(index: Index): Breach[] {
  const breaches: Breach[] = []
  for (const [token, all] of index.handled) {
    const to = index.intended.get(token)?.to
    // What is handled elsewhere is a matter of promise 2.
    const there = all.filter((one) => to !== undefined && keyOf(one) === keyOf(to))
    for (const [number, second] of there.entries()) {
      const first = there[number - 1]
      if (first !== undefined && !mayBeTwice(index, first, second))
        breaches.push({ promise: 1, token, text: twice(index, first, second) })
    }
  }
  return breaches
}

function twice(index: Index, first: Handled, second: Handled): string {
  const over = finished(index, first)
  const then = over === undefined ? 'nothing went wrong meanwhile' : `it was finished at ${seconds(over)}`
  return `${first.token} must be handled once, but ${first.session} handled it at ${seconds(first.at)} and ${second.session} at ${seconds(second.at)}, though ${then}`
}

function mayBeTwice(index: Index, first: Handled, second: Handled): boolean {
  const again = showBefore(index, second)?.by.at ?? second.at
  if (hadFault(index, ['folder away'], first, again, second.at)) return true
  if (hasScripts(index, first.machine) && hasCopy(index, first)) return true
  const over = finished(index, first)
  if (over !== undefined && over < again) return wasAside(index, first)
  return (
    wasStopped(index, first, second) ||
    takeWasOver(index, first, second) ||
    hadEarlierCopy(index, first, over ?? second.at)
  )
}

/** When a handled message was surely finished: from then on a copy of it is a duplicate. */
function finished(index: Index, handled: Handled): Moment | undefined {
  // An agent that has only the scripts moves a message first.
  if (hasScripts(index, handled.machine)) return handled.at
  return movesOf(index, handled).find(({ by, kind }) => by.exit === 0 && kind !== 'put-back')?.by.ended
}

function movesOf({ moves }: Index, { at, file, ...place }: Handled) {
  return (moves.get(fileKey(keyOf(place), nameIn(file))) ?? []).filter(({ by }) => by.ended >= at)
}

/** Nothing in `aside/` makes a copy a duplicate, and it may be brought back. */
function wasAside(index: Index, handled: Handled): boolean {
  const moves = movesOf(index, handled).filter(({ by }) => by.exit === 0)
  return moves[0]?.kind === 'aside' && (moves[1]?.kind === 'put-back' || hasCopy(index, handled))
}

function hasCopy({ planted }: Index, { token }: Handled): boolean {
  return (planted.get(token) ?? []).some(({ kind }) => kind === 'again')
}

/** Whether the session was killed, the machine's power cut or the move of the message stopped while it had it in hand. */
function wasStopped(index: Index, first: Handled, second: Handled): boolean {
  const end = index.sessions.get(first.session)?.end
  if (end?.how === 'killed' && end.at <= second.at + KILL_NOTED_LATE) return true
  if (hadFault(index, ['power cut'], first, first.at, second.at)) return true
  return movesOf(index, first).some(
    ({ by, kind }) => (by.exit !== 0 || kind === 'put-back') && by.at <= second.at,
  )
}

/** A take ends with its time. A clock that is changed, or a folder that is away, may end it sooner. */
function takeWasOver(index: Index, first: Handled, second: Handled): boolean {
  const show = showBefore(index, first)
  if (show === undefined) return false
  if (hadFault(index, ['clock', 'folder away'], first, show.by.at, second.at)) return true
  return show.seconds !== undefined && second.at >= show.by.at + show.seconds * 1000
}

/** A copy with an earlier name, which comes before the first one is finished, is processed as well (SECURITY: Replay). */
function hadEarlierCopy(index: Index, first: Handled, until: Moment): boolean {
  const show: Show | undefined = showBefore(index, first)
  const from = (show?.by.at ?? first.at) - LOOKING
  return (index.planted.get(first.token) ?? []).some(
    ({ kind, at, path, ...place }) =>
      kind === 'again' &&
      keyOf(place) === keyOf(first) &&
      at >= from &&
      at <= until &&
      nameIn(path) < nameIn(first.file),
  )
}
