import { readFileSync, readlinkSync } from 'node:fs'
import { run } from './ps'

/**
 * Where the number of a process means that process: the machine, its boot, and the namespace of numbers. All are
 * hexadecimal or decimal digits. What is unknown is empty, and nobody may take it for that of another process.
 */
interface Scope {
  /** Eight digits. */
  readonly machine: string
  readonly boot: string
  /** Namespaces, of which only Linux has some: of process numbers, and of clocks. */
  readonly spaces: readonly string[]
}

let here: Scope | undefined

function scopeHere(): Scope {
  here ??= hasProc() ? scopeInProc() : scopeWithSysctl()
  return here
}

/** The scope of this process's numbers. Empty if it is unknown. */
export function processScope(): string {
  const { machine, boot, spaces } = scopeHere()
  return machine === '' ? '' : [machine, boot, ...spaces].join('-')
}

/** A hash that tells this machine from others. Empty if numbers of processes cannot be compared here. */
export function machineHere(): string {
  return scopeHere().machine
}

/** Names this boot. Empty if it is unknown. */
export function bootHere(): string {
  return scopeHere().boot
}

/** The namespace of process numbers. Empty if the system has only one. */
export function numberSpaceHere(): string {
  return scopeHere().spaces[0] ?? ''
}

let isProcThere: boolean | undefined

/** A sandbox may show the /proc of another namespace: there our number means another process. */
export function hasProc(): boolean {
  isProcThere ??= linkAt('/proc/self') === String(process.pid)
  return isProcThere
}

const UNKNOWN: Scope = { machine: '', boot: '', spaces: [] }

function scopeInProc(): Scope {
  const boot = hexIn(textAt('/proc/sys/kernel/random/boot_id'))
  const spaces = ['pid', 'time'].map((kind) => /\d+/.exec(linkAt(`/proc/self/ns/${kind}`))?.[0] ?? '')
  if (boot === '' || spaces[0] === '') return UNKNOWN
  // Clones of a machine share its machine id, containers on it its host name.
  const machine = hashOf(`${textAt('/etc/machine-id')}${textAt('/proc/sys/kernel/hostname')}`)
  return { machine, boot, spaces }
}

/** Random for each boot, on macOS and on FreeBSD. kern.boottime would not do: it moves when the clock is set. */
const BOOTS = ['kern.bootsessionuuid', 'kern.boot_id']
/** On FreeBSD, OpenBSD and NetBSD. A host name would not do: with a laptop, it moves from network to network. */
const MACHINES = ['kern.hostuuid', 'hw.uuid', 'machdep.dmi.system-uuid']
const JAILED = 'security.jail.jailed'

/**
 * macOS and BSD: there, all processes share one space of numbers, except in a jail. Unknown where nothing tells that
 * this is such a system: on Linux, a process that cannot see /proc may be in any namespace.
 */
function scopeWithSysctl(): Scope {
  // Each system tells what it knows, in one form or another, and complains of the rest.
  const told = run('sysctl', [...BOOTS, ...MACHINES, JAILED]).stdout
  const facts = new Map(
    Array.from(told.matchAll(/^([\w.-]+)\s*[:=]\s*(.*)$/gm), ([, name = '', fact = '']) => [name, fact]),
  )
  const first = (names: readonly string[]) =>
    names.map((name) => hexIn(facts.get(name) ?? '')).find((id) => /[^0]/.test(id)) ?? ''
  const boot = first(BOOTS)
  const machine = first(MACHINES) || machineByIoreg() || boot
  if (machine === '' || Number(facts.get(JAILED) ?? 0) !== 0) return UNKNOWN
  return { machine: hashOf(machine), boot, spaces: [] }
}

/** macOS has no sysctl for it. */
function machineByIoreg(): string {
  const { stdout } = run('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice'])
  return hexIn(/"IOPlatformUUID" = "([^"]*)"/.exec(stdout)?.[1] ?? '')
}

/** The digits of an id. Empty if it is none. */
function hexIn(id: string): string {
  return /^[\da-f-]+$/i.test(id) ? id.toLowerCase().replaceAll('-', '') : ''
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
