import type { CommandRan, Moment } from '../history'
import type { Index } from './night-index'
import { LATE_RESUME } from './parameters'

/** A time in which a machine was surely halted. */
export interface Halted {
  readonly machine: string
  readonly from: Moment
  readonly to: Moment
}

/** From the end of each halt that surely worked to the begin of the next resume on that machine. */
export function haltsOf({ commands, machines }: Index): Halted[] {
  const end = commands.at(-1)?.ended ?? 0
  return [...machines.keys()].flatMap((machine) => {
    const brake = ofPeople(commands, machine)
    const resumes = brake.filter(({ command }) => command === 'resume').toSorted((a, b) => a.at - b.at)
    const halts = brake.filter(({ command, exit }) => command === 'halt' && exit === 0)
    return halts.flatMap((halt) => {
      if (resumes.some((resume) => mayComeAfter(resume, halt))) return []
      const next = resumes.find(({ at }) => at >= halt.ended)
      return [{ machine, from: halt.ended, to: next?.at ?? end }]
    })
  })
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
  return resume.ended + (resume.exit === 0 ? 0 : LATE_RESUME) >= halt.at
}

/** What is known of the brake of a machine at a moment. */
export function brakeAt({ commands }: Index, machine: string, moment: Moment): 'set' | 'free' | 'unknown' {
  const brake = ofPeople(commands, machine).filter(({ at }) => at <= moment)
  const last = brake.at(-1)
  if (last === undefined) return 'free'
  const isAlone = brake.every(
    (one) => one === last || one.ended + (one.exit === 0 ? 0 : LATE_RESUME) < last.at,
  )
  if (!isAlone || last.exit !== 0 || last.ended > moment) return 'unknown'
  return last.command === 'halt' ? 'set' : 'free'
}
