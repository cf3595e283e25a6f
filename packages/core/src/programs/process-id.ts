import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { hasCode } from '../fs/system-error'

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

let scopeHere: string | undefined

/** The scope of this process's numbers. Empty if it is unknown. */
export function processScope(): string {
  scopeHere ??= hasProc() ? scopeInProc() : `${hashOf(hostname())}-ps`
  return scopeHere
}

function scopeInProc(): string {
  const boot = bootHere()
  const spaces = ['pid', 'time'].map((kind) => /\d+/.exec(linkAt(`/proc/self/ns/${kind}`))?.[0] ?? '')
  if (boot === '' || spaces[0] === '') return ''
  return [machineHere(), boot, ...spaces].join('-')
}

/** A hash that tells this machine from others. Clones share its machine id, containers on it its host name. */
export function machineHere(): string {
  return hashOf(`${textAt('/etc/machine-id')}${textAt('/proc/sys/kernel/hostname')}`)
}

/** Names this boot in hexadecimal digits. Empty if it is unknown. */
export function bootHere(): string {
  return textAt('/proc/sys/kernel/random/boot_id').replace(/[^0-9a-f]/g, '')
}

let isProcThere: boolean | undefined

/** A sandbox may show the /proc of another namespace: there our number means another process. */
function hasProc(): boolean {
  isProcThere ??= linkAt('/proc/self') === String(process.pid)
  return isProcThere
}

function lookInProc(pid: number): Running | 'gone' | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    return hasCode(error, 'ENOENT', 'ESRCH') ? 'gone' : undefined
  }
  // The program's name, in brackets, may hold any character.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent = ''] = fields
  if (/^[ZXx]$/.test(state)) return 'gone'
  const words = textAt(`/proc/${pid}/cmdline`).split('\0').slice(0, -1)
  return { pid, parent: Number(parent), started: fields[19] ?? '', words }
}

/** Seconds are exact enough, in UTC: the time of a start must not change with the clock's zone. */
const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/m

/** Where there is no /proc, as on macOS. Exported for its test. */
export function lookWithPs(pid: number): Running | 'gone' | undefined {
  // Not imported: few systems need it, and loading it takes two milliseconds.
  const run = process.getBuiltinModule?.('node:child_process')?.spawnSync
  if (run === undefined) return undefined
  const args = ['-o', 'pid=,ppid=,lstart=,command=', '-p', String(pid)]
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC0' }
  const { status, stdout, stderr } = run('ps', args, { encoding: 'utf8', env, timeout: 5_000 })
  if (status === 1 && stdout === '' && stderr === '') return 'gone'
  const [, found = '', parent = '', started = '', line = ''] = PS_LINE.exec(stdout ?? '') ?? []
  if (status !== 0 || Number(found) !== pid) return undefined
  return { pid, parent: Number(parent), started, words: line.split(' ') }
}

/** The text of a file of the system. Empty if there is no such file. */
export function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** FNV-1a: scopes only need to differ, not to be secret. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (const unit of Buffer.from(text)) hash = Math.imul(hash ^ unit, 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}
