import { lstatSync, renameSync } from 'node:fs'
import { listNames, listNamesIfReadable } from '../fs/folder'
import type { Paths } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import { bootHere, machineHere, numberSpaceHere, textAt } from '../programs/process-scope'
import { answers } from '../programs/ps'

/**
 * Each outbox entry has one record. The process that renames it to its own name holds the entry: only one rename
 * succeeds. No other process sends a held message. A hold ends when its process ends, for any reason (contracts B53,
 * B72).
 */
export const RECORD_NAME = 'entry.json'
/** A first sender holds a message not yet given up; a retry holds a kept message. */
export type Holding = 'sending' | 'retrying'

/** The pattern that identifies a holder, without anchors; it is part of a file's name. */
const HOLDER = '\\d+-\\d*-[0-9a-f]{8}-[0-9a-f]*-\\d*'

const HELD_NAME = new RegExp(`^(sending|retrying)\\.(${HOLDER})\\.json$`)
/** Without anchors. */
export const RECORD_NAMES = `entry\\.json|(?:sending|retrying)\\.${HOLDER}\\.json`

/** The record's name while this process holds the entry. */
export function heldName(holding: Holding): string {
  return `${holding}.${ownHolder()}.json`
}

/** The record of an entry, and what another live process is doing with it. */
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

/** Takes an entry that no process holds; false if another process was faster. Throws the system's error. */
export function takeRecord(folder: string, { file }: RecordFile): boolean {
  return moveRecord(folder, file, heldName('retrying'))
}

/** Gives an entry back; does nothing if it is no longer held. Throws the system's error. */
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
 * Counts the messages kept after a failed send, including unreadable ones (contract C2). Messages that a sender is
 * about to send for the first time do not count (contract B53). `now` is in milliseconds.
 */
export function countKept({ outbox }: Paths, now: number): number {
  return listNamesIfReadable(outbox).filter(
    (name) => isEntryName(name) && !isBeingSent(`${outbox}/${name}`, now),
  ).length
}

/** Unfinished entries have hidden names. */
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
 * The holder of an outbox entry. Its fields let every other process judge whether it is still alive: process number and
 * start, machine, boot, and the namespace of the process number.
 */
interface Holder {
  readonly pid: string
  readonly start: string
  readonly machine: string
  readonly boot: string
  readonly space: string
}

/**
 * Milliseconds without a sign of life after which a holder that cannot be judged here is considered gone. It may run in
 * another container or on another machine that shares this home. A holder gives a sign with each try, and no try takes
 * that long. A message kept in the evening whose sender is gone is therefore sent before morning.
 */
const GIVEN_UP_AFTER = 6 * 60 * 60 * 1000

/** The machine of a holder that does not know where it runs. Nobody else can judge it. */
const NOWHERE = '00000000'

let own: string | undefined

/** This process. */
export function ownHolder(): string {
  own ??= textOf({ pid: String(process.pid), start: startOf('self') ?? '', ...surroundings() })
  return own
}

/** Whether a holder is surely or presumably gone; `seenAt` is its last sign of life, both times in milliseconds. */
export function isGone(text: string, seenAt: number, now: number): boolean {
  if (text === ownHolder()) return false
  const [pid = '', start = '', machine = '', boot = '', space = ''] = text.split('-')
  const here = surroundings()
  const isUnknown = now - seenAt > GIVEN_UP_AFTER
  if (machine !== here.machine || machine === NOWHERE) return isUnknown
  // No process survives a restart of this machine.
  if (boot !== here.boot) return boot !== '' && here.boot !== '' ? true : isUnknown
  if (space !== here.space) return isUnknown
  // Without /proc, a number says whether there is a process.
  return start === '' ? isUnknown || !answers(Number(pid)) : startOf(pid) !== start
}

function textOf({ pid, start, machine, boot, space }: Holder): string {
  return [pid, start, machine, boot, space].join('-')
}

function surroundings(): Pick<Holder, 'machine' | 'boot' | 'space'> {
  return { machine: machineHere() || NOWHERE, boot: bootHere(), space: numberSpaceHere() }
}

/** When a process started, in ticks since the boot; undefined if it is gone or this is unknown. */
function startOf(pid: string): string | undefined {
  // The program's name, in brackets, may contain any character.
  const fields = textAt(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
  const [state = ''] = fields
  return /^[ZXx]?$/.test(state) ? undefined : fields[19]
}
