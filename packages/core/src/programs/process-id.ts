import { readFileSync, readlinkSync } from 'node:fs'
import { hasCode } from '../fs/system-error'
import { hasProc, processScope, textAt } from './process-scope'
import { answers, lookWithPs } from './ps'

export { processScope } from './process-scope'

/** A process, for certain: numbers are used again, but not together with the time of the start. */
export interface ProcessId {
  readonly pid: number
  /** When it started, in a form that only serves to compare. */
  readonly started: string
  /** Host, boot and namespace of the number. A process of another scope cannot be judged here. */
  readonly scope: string
}

/** A running process as the system shows it. */
export interface Running {
  readonly pid: number
  readonly parent: number
  readonly started: string
  /** Its command line. A process may change its own, so this is no proof of anything. */
  readonly words: readonly string[]
  /** Whether it has a terminal. Undefined where /proc tells more. */
  readonly hasTerminal?: boolean
}

/** Looks at a process. `gone` if it has surely ended, also if its parent has not noticed that yet. */
export function lookAtProcess(pid: number): Running | 'gone' | undefined {
  return hasProc() ? lookInProc(pid) : lookWithPs(pid)
}

/** Identifies a running process; undefined if it is gone, or could not be judged later. */
export function processId(running: Running): ProcessId | undefined {
  const scope = processScope()
  return scope === '' ? undefined : { pid: running.pid, started: running.started, scope }
}

/** This process. */
export function ownProcess(): ProcessId | undefined {
  const own = lookAtProcess(process.pid)
  return own === undefined || own === 'gone' ? undefined : processId(own)
}

export function isSameProcess(one: ProcessId, other: ProcessId): boolean {
  return one.pid === other.pid && one.started === other.started && one.scope === other.scope
}

/** Whether a process has ended. False if that cannot be judged here: another boot, host or namespace (contract C21). */
export function isGone({ pid, started, scope }: ProcessId): boolean {
  if (scope === '' || scope !== processScope()) return false
  const found = lookAtProcess(pid)
  return found === 'gone' || (found !== undefined && found.started !== started)
}

/** Whether a process reads from a terminal. Without /proc, whether it has one. True if unknown. */
export function isTerminal(pid: number): boolean {
  try {
    return /^\/dev\/(?:pts\/|tty|console)/.test(readlinkSync(`/proc/${pid}/fd/0`))
  } catch {
    const found = lookAtProcess(pid)
    return found === undefined || found === 'gone' || (found.hasTerminal ?? true)
  }
}

function lookInProc(pid: number): Running | 'gone' | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    // A mount option may hide the processes of others.
    return hasCode(error, 'ENOENT', 'ESRCH') && !answers(pid) ? 'gone' : undefined
  }
  // The program's name, in brackets, may hold any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent = ''] = fields
  if (/^[ZXx]$/.test(state)) return 'gone'
  const words = textAt(`/proc/${pid}/cmdline`).split('\0').slice(0, -1)
  return { pid, parent: Number(parent), started: fields[19] ?? '', words }
}
