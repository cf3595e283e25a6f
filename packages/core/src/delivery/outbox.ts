import { renameSync } from 'node:fs'
import { remove, syncFolder, writeTemp } from '../fs/durable'
import { decodeUtf8, readRegularFile } from '../fs/files'
import { listNamesIfThere } from '../fs/folder'
import type { Paths } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import { removeOwnFolder, sweep } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { signatureName } from '../message/message-name'
import { sortText } from '../text/python-text'
import { isEntryName } from './kept-count'
import { ENTRY_FILES, type KeptRecord, parseRecord, RECORD_NAME, recordBytes } from './outbox-entry'

/** Bytes of the largest signature that is read. */
const LARGEST_SIGNATURE = 64 * 1024
/** Milliseconds after which an unfinished entry is that of a sender which was killed. */
const STALE_AFTER = 24 * 60 * 60 * 1000

/** What entries are named that were sent, while they are removed. */
const GONE_PREFIX = '.gone.'
const GONE = /^\.gone\.\d+-[0-9a-z]+$/
/** What they are named before they are whole. */
const UNFINISHED = /^\.tmp\.\d+-[0-9a-z]+$/

/** What is kept: the record, and the bytes that are sent. */
export interface KeptMessage extends KeptRecord {
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
}

/** An entry of the outbox by its name, which is that of its marker without the end; or why it cannot be read. */
export type Entry = { readonly id: string } & (
  | { readonly record: KeptRecord }
  | { readonly record: undefined; readonly problem: string }
)

/** The folder of an entry. */
export function entryFolder(id: string, { outbox }: Paths): string {
  return `${outbox}/${id}`
}

/** All entries, the oldest first. Throws the system's error where the outbox cannot be read. */
export function listEntries(paths: Paths): Entry[] {
  return sortText(listNamesIfThere(paths.outbox).filter(isEntryName)).map((id) => {
    try {
      const bytes = readRegularFile(`${entryFolder(id, paths)}/${RECORD_NAME}`)
      const record = parseRecord(decodeUtf8(bytes) ?? '')
      return record === undefined ? { id, record, problem: `${RECORD_NAME} is damaged` } : { id, record }
    } catch (error) {
      return { id, record: undefined, problem: `${RECORD_NAME}: ${reasonOf(error)}` }
    }
  })
}

/** The bytes of an entry. Throws the system's error. */
export function readKept(id: string, record: KeptRecord, paths: Paths): KeptMessage {
  const path = `${entryFolder(id, paths)}/${record.name}`
  const message = takeSnapshot(path).bytes
  const signature = record.isSigned ? takeSnapshot(signatureName(path), LARGEST_SIGNATURE).bytes : undefined
  return { ...record, message, signature }
}

/** Replaces the record of an entry, durably. Throws the system's error. */
export function updateRecord(id: string, record: KeptRecord, paths: Paths): void {
  const folder = entryFolder(id, paths)
  const temp = writeTemp(folder, recordBytes(record))
  try {
    renameSync(temp, `${folder}/${RECORD_NAME}`)
  } catch (error) {
    remove(temp)
    throw error
  }
  syncFolder(folder)
}

/** Takes an entry out that was delivered, and its marker before it. Throws the system's error. */
export function removeEntry(id: string, paths: Paths): void {
  remove(markerPath(id, paths))
  syncIfThere(paths.failedSends)
  // At once, so that no part of an entry is ever taken for one.
  const gone = `${paths.outbox}/${GONE_PREFIX}${process.pid}-${process.hrtime.bigint().toString(36)}`
  renameSync(entryFolder(id, paths), gone)
  syncFolder(paths.outbox)
  removeOwnFolder(gone, ENTRY_FILES)
}

/** Where the marker of an entry is: it names the entry by its own name. */
export function markerPath(id: string, { failedSends }: Paths): string {
  return `${failedSends}/${id}.json`
}

/** Removes what killed senders left in the outbox; `now` in milliseconds since the epoch. */
export function removeStaleEntries({ outbox, home }: Paths, now: number): void {
  const folder = { path: outbox, below: home }
  sweep(folder, { named: GONE, holding: ENTRY_FILES, olderThan: Number.NEGATIVE_INFINITY }, now)
  sweep(folder, { named: UNFINISHED, holding: ENTRY_FILES, olderThan: STALE_AFTER }, now)
}

function syncIfThere(folder: string): void {
  try {
    syncFolder(folder)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
