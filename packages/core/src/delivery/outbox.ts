import { lstatSync, renameSync } from 'node:fs'
import { remove, syncFolder, TEMP_PREFIX, writeTemp } from '../fs/durable'
import { decodeUtf8, readRegularFile } from '../fs/files'
import { listNames, listNamesIfThere } from '../fs/folder'
import type { Paths } from '../fs/paths'
import { removeFolder } from '../fs/remove-folder'
import { takeSnapshot } from '../fs/snapshot'
import { hasCode, reasonOf } from '../fs/system-error'
import { signatureName } from '../message/message-name'
import { sortText } from '../text/python-text'
import { isEntryName } from './kept-count'
import { type KeptRecord, parseRecord, RECORD_NAME, recordBytes } from './outbox-entry'

/** Bytes of the largest signature that is read. */
const LARGEST_SIGNATURE = 64 * 1024
/** Milliseconds after which an unfinished entry is that of a sender which was killed. */
const STALE_AFTER = 24 * 60 * 60 * 1000

/** What entries are named that were sent, while they are removed. */
const GONE_PREFIX = '.gone.'

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
  removeFolder(gone)
}

/** Where the marker of an entry is: it names the entry by its own name. */
export function markerPath(id: string, { failedSends }: Paths): string {
  return `${failedSends}/${id}.json`
}

/** Removes what killed senders left in the outbox, which is locked; `now` in milliseconds since the epoch. */
export function removeStaleEntries({ outbox }: Paths, now: number): void {
  for (const name of listNames(outbox)) {
    const path = `${outbox}/${name}`
    const isGone = name.startsWith(GONE_PREFIX)
    // Others make theirs without the lock.
    const isStale = name.startsWith(TEMP_PREFIX) && now - changedAt(path, now) > STALE_AFTER
    if (isGone || isStale) removeFolder(path)
  }
}

/** A sender may have given it its name meanwhile. */
function changedAt(path: string, now: number): number {
  return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now
}

function syncIfThere(folder: string): void {
  try {
    syncFolder(folder)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
