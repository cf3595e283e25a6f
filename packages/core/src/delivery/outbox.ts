import { lstatSync, renameSync } from 'node:fs'
import { isTaken, remove, replaceFile, syncFolder } from '../fs/durable'
import { decodeUtf8, readRegularFile } from '../fs/files'
import { listNamesIfThere } from '../fs/folder'
import type { Paths } from '../fs/paths'
import { removeOwnFolder, sweep } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { headIfReadable } from '../message/message-head'
import { secondInName, senderInName } from '../message/message-name'
import { sortText } from '../text/python-text'
import {
  ENTRY_FILES,
  entryFolder,
  type KeptRecord,
  markerPath,
  parseRecord,
  recordBytes,
} from './outbox-entry'
import {
  findRecord,
  type Holding,
  heldName,
  isEntryName,
  RECORD_NAME,
  releaseRecord,
  takeRecord,
} from './outbox-hold'
import type { Sent } from './sent-message'

/** The name prefix of sent entries while they are removed. */
const GONE_PREFIX = '.gone.'
const GONE = /^\.gone\.\d+-[0-9a-z]+$/
/** The names of unfinished entries. */
const UNFINISHED = /^\.tmp\.\d+-[0-9a-z]+$/

/**
 * An outbox entry by its name, which is its marker's name without the suffix, or why it cannot be read. `heldFor` says
 * what another live process is doing with it.
 */
export type Entry = { readonly id: string; readonly heldFor: Holding | undefined } & (
  | { readonly record: KeptRecord }
  | { readonly record: undefined; readonly problem: string }
)

/** All entries, oldest first; `now` in milliseconds. Throws the system's error if the outbox cannot be read. */
export function listEntries(paths: Paths, now: number): Entry[] {
  const ids = sortText(listNamesIfThere(paths.outbox).filter(isEntryName))
  return ids.flatMap((id) => readEntry(id, paths, now) ?? [])
}

/** One entry by its name. Undefined if it has vanished meanwhile; `now` in milliseconds. */
export function readEntry(id: string, paths: Paths, now: number): Entry | undefined {
  const folder = entryFolder(id, paths)
  let heldFor: Holding | undefined
  try {
    const stats = lstatSync(folder, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    if (!stats.isDirectory()) return { id, heldFor, record: undefined, problem: 'it is not a folder' }
    const found = readRecord(folder, now)
    heldFor = found.heldFor
    const { record } = found
    return record === undefined
      ? { id, heldFor, record, problem: `${RECORD_NAME} is damaged` }
      : { id, heldFor, record }
  } catch (error) {
    if (!isTaken(folder)) return undefined
    return { id, heldFor, record: undefined, problem: `${RECORD_NAME}: ${reasonOf(error)}` }
  }
}

/** How often to look for a record that is being renamed. */
const LOOKS = 5

function readRecord(
  folder: string,
  now: number,
): { readonly heldFor: Holding | undefined; readonly record: KeptRecord | undefined } {
  for (let looks = 1; ; looks++) {
    const { file, heldFor } = findRecord(folder, now)
    try {
      return { heldFor, record: parseRecord(decodeUtf8(readRegularFile(`${folder}/${file}`)) ?? '') }
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || looks === LOOKS) throw error
    }
  }
}

/**
 * Takes an entry for this process, and reads its record again. `held` if another process has it, `gone` if it no longer
 * exists; `now` in milliseconds. Throws the system's error.
 */
export function takeEntry(id: string, paths: Paths, now: number): KeptRecord | 'held' | 'gone' {
  const folder = entryFolder(id, paths)
  try {
    const found = findRecord(folder, now)
    if (found.heldFor !== undefined || !takeRecord(folder, found)) return isTaken(folder) ? 'held' : 'gone'
  } catch (error) {
    if (isTaken(folder)) throw error
    return 'gone'
  }
  const { record } = readRecord(folder, now)
  if (record !== undefined) return record
  releaseEntry(id, paths)
  throw Object.assign(new Error(`EINVAL: ${RECORD_NAME} is damaged, open`), { code: 'EINVAL' })
}

/** Gives back what this process took. Throws the system's error. */
export function releaseEntry(id: string, paths: Paths): void {
  releaseRecord(entryFolder(id, paths), 'retrying')
}

/** Replaces the record of an entry that this process holds, durably. Throws the system's error. */
export function updateRecord(folder: string, holding: Holding, record: KeptRecord): void {
  const path = `${folder}/${heldName(holding)}`
  // Another process considered this one gone and now owns the entry.
  if (!isTaken(path)) return
  replaceFile(path, recordBytes(record))
}

/** Removes the marker of a delivered entry, then the entry. Throws the system's error. */
export function removeEntry(id: string, paths: Paths): void {
  remove(markerPath(id, paths))
  syncIfThere(paths.failedSends)
  dropEntry(id, paths)
  syncFolder(paths.outbox)
}

/**
 * Removes an entry that has no marker. After a power failure it may return: then the next retry finds that it has
 * arrived. Throws the system's error.
 */
export function dropEntry(id: string, { outbox }: Paths): void {
  // One rename, so that no process mistakes a part of an entry for an entry.
  const gone = `${outbox}/${GONE_PREFIX}${process.pid}-${process.hrtime.bigint().toString(36)}`
  renameSync(`${outbox}/${id}`, gone)
  removeOwnFolder(gone, ENTRY_FILES)
}

/** Removes what killed senders left in the outbox; `now` in milliseconds since the epoch. */
export function removeStaleEntries({ outbox, home }: Paths, now: number): void {
  const folder = { path: outbox, below: home }
  sweep(folder, { named: GONE, holding: ENTRY_FILES, olderThan: Number.NEGATIVE_INFINITY }, now)
  sweep(folder, { named: UNFINISHED, holding: ENTRY_FILES }, now)
}

function syncIfThere(folder: string): void {
  try {
    syncFolder(folder)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}

/** A sender's messages that are kept here; `since` is the last try (contract C2). `now` in milliseconds. */
export function keptFrom(sender: string, paths: Paths, now: number): Sent[] {
  return listEntries(paths, now).flatMap(({ id, heldFor, record }) => {
    if (record === undefined || heldFor === 'sending') return []
    const { name, destination, tries } = record
    const header = headIfReadable(`${entryFolder(id, paths)}/${name}`)?.header
    const conversation = header?.get('CONVERSATION_ID') ?? ''
    if (senderInName(name, conversation) !== sender) return []
    const last = Date.parse(tries.at(-1)?.time ?? '')
    return [
      {
        to: destination,
        name,
        conversation,
        sequence: header?.get('SEQUENCE') ?? '',
        title: header?.get('TITLE') ?? '',
        stage: 'kept here' as const,
        since: Number.isNaN(last) ? secondInName(name) : last,
        identity: name,
      },
    ]
  })
}
