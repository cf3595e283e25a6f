import type { Breach, Fault, Moment } from '../history'
import { hadFault, hasScripts, seconds } from './asking'
import { addTo, fileKey, type Index, placeKey, type Show } from './night-index'
import { shownBy, waitedInVain } from './outward'
import { NOTED_LATE, SECOND } from './parameters'

/** A conversation that was surely in one session's hands. */
interface Hold {
  readonly session: string
  readonly token: string | undefined
  readonly from: Moment
  readonly to: Moment
  /** The machine's and the project's name with the conversation. */
  readonly what: string
}

/** Promise 3: no conversation is in the hands of two sessions at once. */
export function oneHolder(index: Index): Breach[] {
  const holds = new Map<string, Hold[]>()
  for (const show of index.shows) addHold(holds, takeOf(index, show))
  for (const command of index.commands) addHold(holds, waitOf(index, command))
  return [...holds.values()].flatMap(overlaps)
}

function addHold(holds: Map<string, Hold[]>, hold: Hold | undefined): void {
  if (hold !== undefined && hold.from < hold.to) addTo(holds, hold.what, hold)
}

/** All holds are of one conversation. Of each that overlaps an earlier one, one breach tells. */
function overlaps(holds: readonly Hold[]): Breach[] {
  const breaches: Breach[] = []
  let open: Hold[] = []
  for (const hold of holds.toSorted((a, b) => a.from - b.from)) {
    open = open.filter(({ to }) => to > hold.from)
    const other = open.find(({ session }) => session !== hold.session)
    if (other !== undefined) breaches.push(breachOf(other, hold))
    open.push(hold)
  }
  return breaches
}

function breachOf(first: Hold, second: Hold): Breach {
  const token = second.token ?? first.token
  const from = `from ${seconds(first.from)} to ${seconds(first.to)}`
  const text = `${first.what} must be in one session's hands, but ${first.session} had it ${from}, and ${second.session} got it at ${seconds(second.from)}`
  return { promise: 3, text, ...(token === undefined ? {} : { token }) }
}

/** From the end of the command that showed a message as taken until anything could end the take. */
function takeOf(
  index: Index,
  { by, place, seconds: lasts, conversation, token, file }: Show,
): Hold | undefined {
  const { session } = by
  if (by.exit !== 0 || lasts === undefined || session === undefined || conversation === '') return undefined
  if (hasScripts(index, by.machine) || isUnsure(index, by, by.at, by.ended)) return undefined
  const moves = index.moves.get(fileKey(place, file)) ?? []
  const moved = moves.find((move) => move.by.ended >= by.ended)?.by.at
  const to = Math.min(
    by.at + lasts * SECOND,
    moved ?? Number.POSITIVE_INFINITY,
    endOf(index, session),
    nextTrouble(index, by, by.ended),
  )
  return { session, token, from: by.ended, to, what: `${place}, conversation ${conversation}` }
}

/** A send that waited in vain held the conversation for so long before its end. */
function waitOf(index: Index, by: Index['commands'][number]): Hold | undefined {
  const waited = waitedInVain(by)
  const sent = index.intended.get(by.token ?? '')
  if (waited === undefined || sent === undefined || by.session === undefined) return undefined
  const own = placeKey(by.machine, by.project)
  // What goes to the own project is for another session of it.
  if (own === placeKey(sent.to.machine, sent.to.project) || shownBy(by) !== undefined) return undefined
  const from = by.ended - waited * SECOND
  // How long the command took to end after the wait is not known.
  const to = Math.min(by.ended - (waited * SECOND) / 2, endOf(index, by.session))
  if (isUnsure(index, by, by.at, by.ended)) return undefined
  return { session: by.session, token: by.token, from, to, what: `${own}, conversation ${sent.conversation}` }
}

const TROUBLE: readonly Fault['fault'][] = ['clock', 'folder away', 'power cut']

function isUnsure(index: Index, by: Index['commands'][number], from: Moment, to: Moment): boolean {
  return hadFault(index, TROUBLE, by, from, to)
}

/** When a clock is changed, the power cut or the folder taken away next. */
function nextTrouble({ faults }: Index, by: Index['commands'][number], from: Moment): Moment {
  const next = (faults.get(by.machine) ?? [])
    .filter(({ fault, at }) => at >= from && TROUBLE.includes(fault))
    .map(({ at }) => at)
  return Math.min(Number.POSITIVE_INFINITY, ...next)
}

/** A session may be over before anybody notes it. */
function endOf({ sessions }: Index, session: string): Moment {
  const end = sessions.get(session)?.end
  return end === undefined ? Number.POSITIVE_INFINITY : end.at - NOTED_LATE
}
