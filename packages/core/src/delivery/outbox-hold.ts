import { lstatSync, readFileSync, readlinkSync, renameSync } from 'node:fs'
import { listNames, listNamesIfReadable } from '../fs/folder'
import type { Paths } from '../fs/paths'
import { hasCode } from '../fs/system-error'

/**
 * An entry of the outbox has one record. Who gives that file a name of its own holds the entry: a rename succeeds for
 * one process only. Nobody else sends what is held, and a hold ends with its process, however that ends (contracts
 * B53, B72).
 */
export const RECORD_NAME = 'entry.json'
/** A first sender holds what was never given up; a retry holds what is kept. */
export type Holding = 'sending' | 'retrying'

/** The form of what tells a holder, without anchors; it is part of a file's name. */
const HOLDER = '\\d+-\\d*-[0-9a-f]{8}-[0-9a-f]*-\\d*'

const HELD_NAME = new RegExp(`^(sending|retrying)\\.(${HOLDER})\\.json$`)
/** Without anchors. */
export const RECORD_NAMES = `entry\\.json|(?:sending|retrying)\\.${HOLDER}\\.json`

/** The record's name in an entry that this process holds. */
export function heldName(holding: Holding): string {
  return `${holding}.${ownHolder()}.json`
}

/** The record of an entry, and what another process that lives is doing with it. */
export interface RecordFile {
  readonly file: string
  readonly heldFor: Holding | undefined
}

/** Finds the record in the folder of an entry; `now` in milliseconds. Throws the system's error. */
export function findRecord(folder: string, now: number): RecordFile {
  const names = listNames(folder)
  if (names.includes(RECORD_NAME)) return { file: RECORD_NAME, heldFor: undefined }
  for (const file of names) {
    const [, holding, holder = ''] = HELD_NAME.exec(file) ?? []
    if (holding !== 'sending' && holding !== 'retrying') continue
    return { file, heldFor: isGone(holder, lstatSync(folder).ctimeMs, now) ? undefined : holding }
  }
  return { file: RECORD_NAME, heldFor: undefined }
}

/** Takes an entry that nobody holds; false where another process was quicker. Throws the system's error. */
export function takeRecord(folder: string, { file }: RecordFile): boolean {
  return moveRecord(folder, file, heldName('retrying'))
}

/** Gives an entry back; nothing happens where it is not held any more. Throws the system's error. */
export function releaseRecord(folder: string, holding: Holding): void {
  moveRecord(folder, heldName(holding), RECORD_NAME)
}

function moveRecord(folder: string, from: string, to: string): boolean {
  try {
    renameSync(`${folder}/${from}`, `${folder}/${to}`)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}

/**
 * How many messages are kept since they could not be sent, those that cannot be read too (contract C2); not those that
 * a sender is about to send for the first time (contract B53). `now` in milliseconds.
 */
export function countKept({ outbox }: Paths, now: number): number {
  return listNamesIfReadable(outbox).filter(
    (name) => isEntryName(name) && !isBeingSent(`${outbox}/${name}`, now),
  ).length
}

/** Hidden names are those of entries that are not finished. */
export function isEntryName(name: string): boolean {
  return !name.startsWith('.')
}

function isBeingSent(folder: string, now: number): boolean {
  try {
    return findRecord(folder, now).heldFor === 'sending'
  } catch {
    return false
  }
}

/**
 * Who holds an entry of the outbox, told so that every other process can judge whether that one still lives: number
 * and start of the process, the machine, its boot, and the space in which the number counts.
 */
interface Holder {
  readonly pid: string
  readonly start: string
  readonly machine: string
  readonly boot: string
  readonly space: string
}

/**
 * Milliseconds without a sign after which a holder is given up that nobody here can judge: it runs in another
 * container or on another machine that shares this home. A holder shows a sign with each try, and no try takes that
 * long. What was kept in the evening and lost its sender so goes out before the morning.
 */
const GIVEN_UP_AFTER = 6 * 60 * 60 * 1000

let own: string | undefined

/** This process. */
export function ownHolder(): string {
  own ??= textOf({ pid: String(process.pid), start: startOf('self') ?? '', ...surroundings() })
  return own
}

/** Whether a holder is gone for certain, or for all that can be told; `seenAt` is its last sign, both in milliseconds. */
export function isGone(text: string, seenAt: number, now: number): boolean {
  if (text === ownHolder()) return false
  const [pid = '', start = '', machine = '', boot = '', space = ''] = text.split('-')
  const here = surroundings()
  const isUnknown = now - seenAt > GIVEN_UP_AFTER
  if (machine !== here.machine) return isUnknown
  // Whatever ran before this machine was started is gone.
  if (boot !== here.boot) return boot !== '' && here.boot !== '' ? true : isUnknown
  if (space !== here.space) return isUnknown
  return start === '' ? isUnknown || !answers(pid) : startOf(pid) !== start
}

function textOf({ pid, start, machine, boot, space }: Holder): string {
  return [pid, start, machine, boot, space].join('-')
}

function surroundings(): Pick<Holder, 'machine' | 'boot' | 'space'> {
  // Clones of a machine share the one, containers on a machine the other.
  const machine = `${textAt('/etc/machine-id')}${textAt('/proc/sys/kernel/hostname')}`
  return {
    machine: hashOf(machine),
    boot: textAt('/proc/sys/kernel/random/boot_id').replace(/[^0-9a-f]/g, ''),
    space: numberSpace(),
  }
}

/** When a process was started, in ticks since the boot; undefined where it is gone, or that cannot be told. */
function startOf(pid: string): string | undefined {
  // The name of the program, in brackets, may hold anything.
  const fields = textAt(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
  const [state = ''] = fields
  return /^[ZXx]?$/.test(state) ? undefined : fields[19]
}

function numberSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''
  } catch {
    return ''
  }
}

/** Where there is no /proc. */
function answers(pid: string): boolean {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return !hasCode(error, 'ESRCH')
  }
}

/** Empty where there is no such file. */
function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

/** FNV-1a: names are to differ, nothing is to be hidden. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (const unit of Buffer.from(text)) hash = Math.imul(hash ^ unit, 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}
