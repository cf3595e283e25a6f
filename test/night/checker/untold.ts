import type { Breach, MachineLeft, Moment, Waited } from '../history'
import { hadFault, seconds } from './asking'
import { brakeAt } from './halts'
import { mayBeTaken } from './kept-claims'
import { fileKey, type Index, placeKey } from './night-index'
import { isHook, isNotice, isWaiter, keptAt, nameIn, sentTo } from './outward'
import { MINUTE, SECOND, SECOND_TELLING, SILENT_TYPES } from './parameters'

/** A session that has had a waiter for so long can be told. */
const WAITED_FOR = SECOND_TELLING + 5 * SECOND
/** So long after a clock was put right, times that were noted before may still confuse. */
const CLOCK_IS_FELT = 2 * MINUTE

/** Promise 5: what still waits after a quiet time was told of, where there was somebody to tell. */
export function nothingUntold(index: Index): Breach[] {
  const quiet = index.phases.get('quiet')
  const drain = index.phases.get('drain')
  if (quiet === undefined || drain === undefined) return []
  const retried = retriedAt(index)
  return index.night.machines
    .filter(({ name, kind }) => kind === 'ours' && brakeAt(index, name, quiet) === 'free')
    .flatMap((machine) =>
      machine.waiting.flatMap((waited) => untold(index, machine, waited, { quiet, drain, retried })),
    )
}

interface Quiet {
  readonly quiet: Moment
  readonly drain: Moment
  readonly retried: ReadonlyMap<string, Moment>
}

function untold(index: Index, machine: MachineLeft, waited: Waited, times: Quiet): Breach[] {
  const { project, token, path } = waited
  const { quiet, drain } = times
  const intended = index.intended.get(token ?? '')
  const place = { machine: machine.name, project }
  const key = placeKey(machine.name, project)
  if (token === undefined || intended === undefined || !isToWake(index, waited, key)) return []
  const came = arrival(index, token, times.retried)
  if (came === undefined || came.ended >= quiet) return []
  if (hadFault(index, ['clock'], place, came.at - CLOCK_IS_FELT, drain)) return []
  if (machine.status.includes(`wakes held back in ${project}:`)) return []
  if (wasTold(index, key, came.at, drain) || isTaken(index, key, token, drain)) return []
  if (mayBeTaken(machine, project, nameIn(path), intended.conversation)) return []
  const session = listener(index, key, quiet, drain)
  if (session === undefined) return []
  const text = `${token} waited in ${key} since ${seconds(came.ended)} and a session must be told of it, but ${session} waited for mail until ${seconds(drain)} and nobody was told`
  return [{ promise: 5, token, text }]
}

function isToWake(index: Index, { token, path }: Waited, place: string): boolean {
  const intended = index.intended.get(token ?? '')
  const file = fileKey(place, nameIn(path))
  if (intended === undefined || SILENT_TYPES.has(intended.type) || intended.byDoomedKey) return false
  const isRejected = (index.showsOfFile.get(file) ?? []).some(({ by }) => by.exit !== 0)
  return (
    placeKey(intended.to.machine, intended.to.project) === place &&
    !index.plantedFiles.has(file) &&
    !isRejected
  )
}

/** When a message surely was there, and since when it may have been. */
function arrival(index: Index, token: string, retried: ReadonlyMap<string, Moment>) {
  const send = index.sends.get(token)
  if (send === undefined) return undefined
  if (sentTo(send) !== undefined) return { at: send.at, ended: send.ended }
  const ended = retried.get(`${send.machine} ${nameIn(keptAt(send) ?? '')}`)
  return ended === undefined ? undefined : { at: send.at, ended }
}

/** When what was kept was sent: by the sending machine and the message's name. */
function retriedAt({ commands }: Index): Map<string, Moment> {
  const retried = new Map<string, Moment>()
  for (const { command, args, machine, stdout, ended } of commands)
    if (command === 'send' && args.includes('--retry-failed'))
      for (const [, path = ''] of stdout.matchAll(/^sent: (.*)$/gm))
        retried.set(`${machine} ${nameIn(path)}`, ended)
  return retried
}

/** Whether a hook told that project of anything since then, or was killed and may have. */
function wasTold({ commands }: Index, place: string, from: Moment, to: Moment): boolean {
  return commands.some(
    (one) =>
      isHook(one) &&
      placeKey(one.machine, one.project) === place &&
      one.ended >= from &&
      one.ended <= to &&
      (isNotice(one) || one.exit === null),
  )
}

/** Whether it or another message of its conversation may be in somebody's hands, or was until a moment ago. */
function isTaken(index: Index, place: string, token: string, at: Moment): boolean {
  const conversation = index.intended.get(token)?.conversation
  return index.shows.some(
    (show) =>
      show.place === place &&
      show.seconds !== undefined &&
      (show.token === token || show.conversation === conversation) &&
      show.by.ended + show.seconds * SECOND + SECOND_TELLING > at &&
      show.by.at < at,
  )
}

/** A session that was there all the time, and whose waiter could have told it. */
function listener(index: Index, place: string, quiet: Moment, drain: Moment): string | undefined {
  return index.commands.find((one) => {
    const seen = index.sessions.get(one.session ?? '')
    return (
      isWaiter(one) &&
      placeKey(one.machine, one.project) === place &&
      one.at <= drain - WAITED_FOR &&
      one.ended >= drain &&
      seen !== undefined &&
      seen.began.ended < quiet &&
      (seen.end === undefined || seen.end.at > drain)
    )
  })?.session
}
