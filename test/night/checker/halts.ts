import type { CommandRan, Moment } from '../history'
import type { Index } from './night-index'
import { LATE_EFFECT } from './parameters'

/** A time in which a machine was surely halted. */
export interface Halted {
  readonly machine: string
  readonly from: Moment
  readonly to: Moment
}

/**
 * From the end of each halt that surely worked to the begin of the next resume on that machine. Those of a machine do not
 * overlap, and are in order.
 */
export function haltsOf({ commands, machines }: Index): ReadonlyMap<string, readonly Halted[]> {
  const end = commands.at(-1)?.ended ?? 0
  return new Map([...machines.keys()].map((machine) => [machine, haltsOn(machine, commands, end)]))
}

function haltsOn(machine: string, commands: readonly CommandRan[], end: Moment): Halted[] {
  const brake = ofPeople(commands, machine)
  const resumes = brake.filter(({ command }) => command === 'resume').toSorted((a, b) => a.at - b.at)
  const halts = brake.filter(({ command, exit }) => command === 'halt' && exit === 0)
  const found: Halted[] = []
  for (const halt of halts) {
    const to = resumes.find(({ at }) => at >= halt.ended)?.at ?? end
    // Whoever halts what is halted already changes nothing.
    if (found.at(-1)?.to !== to && !resumes.some((resume) => mayComeAfter(resume, halt)))
      found.push({ machine, from: halt.ended, to })
  }
  return found
}

/** The halt in which something ended, of the list of a machine. */
export function haltAt(halts: readonly Halted[], ended: Moment): Halted | undefined {
  let [low, high] = [0, halts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((halts[middle]?.to ?? 0) < ended) low = middle + 1
    else high = middle
  }
  const found = halts[low]
  return found !== undefined && found.from < ended ? found : undefined
}

function ofPeople(commands: readonly CommandRan[], machine: string): CommandRan[] {
  return commands.filter(
    (one) =>
      one.machine === machine &&
      one.session === undefined &&
      (one.command === 'halt' || one.command === 'resume'),
  )
}

/** Whether a resume that began before may have ended the halt. Where its outcome is unknown, it may still come. */
function mayComeAfter(resume: CommandRan, halt: CommandRan): boolean {
  if (resume.at >= halt.ended) return false
  return resume.ended + (resume.exit === 0 ? 0 : LATE_EFFECT) > halt.at
}

/** What is known of the brake of a machine at a moment. */
export function brakeAt({ commands }: Index, machine: string, moment: Moment): 'set' | 'free' | 'unknown' {
  const brake = ofPeople(commands, machine).filter(({ at }) => at <= moment)
  const last = brake.at(-1)
  if (last === undefined) return 'free'
  // What was to do the contrary may do so late, where its outcome is unknown.
  const isSure = brake.every(
    (one) => one.command === last.command || one.ended + (one.exit === 0 ? 0 : LATE_EFFECT) <= last.at,
  )
  if (!isSure || last.exit !== 0 || last.ended > moment) return 'unknown'
  return last.command === 'halt' ? 'set' : 'free'
}
