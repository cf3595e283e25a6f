import type { Fault, Handled, Moment, Place } from '../history'
import { type Index, placeKey, type Show } from './night-index'

/** Questions that several promises ask of a night. */

/** Whether one of these faults lay in that time, at least in part. A folder that is away counts for its project. */
export function hadFault(
  { faults }: Index,
  kinds: readonly Fault['fault'][],
  { machine, project }: { readonly machine: string; readonly project?: string | undefined },
  from: Moment,
  to: Moment,
): boolean {
  return (faults.get(machine) ?? []).some(
    ({ fault, at, ended, ...more }) =>
      kinds.includes(fault) &&
      at <= to &&
      ended >= from &&
      (fault !== 'folder away' || more.project === project),
  )
}

/** The command that showed a session the message that it handled. */
export function showBefore({ showsOf }: Index, { token, session, at }: Handled): Show | undefined {
  return showsOf.get(token)?.findLast(({ by }) => by.session === session && by.ended <= at)
}

export function hasScripts({ machines }: Index, machine: string): boolean {
  return machines.get(machine)?.kind === 'script'
}

/** Whether a process was killed on that machine, or the power cut, so that it may have left something. */
export function hadKill(index: Index, machine: string): boolean {
  return (
    hadFault(index, ['kill', 'power cut'], { machine }, 0, Number.POSITIVE_INFINITY) ||
    index.commands.some((one) => one.machine === machine && one.exit === null && one.hook === undefined)
  )
}

export function keyOf({ machine, project }: Place): string {
  return placeKey(machine, project)
}

/** Seconds, for people. */
export function seconds(moment: Moment): string {
  return `${(moment / 1000).toFixed(1)} s`
}
