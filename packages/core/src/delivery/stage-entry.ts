import { mkdirSync, renameSync } from 'node:fs'
import { makeFolder, syncFolder, TEMP_PREFIX, writeTemp } from '../fs/durable'
import { folderOf, type Paths } from '../fs/paths'
import { removeOwnFolder } from '../fs/sweep'
import { hasCode } from '../fs/system-error'
import { signatureName } from '../message/message-name'
import type { KeptMessage } from './outbox'
import { ENTRY_FILES, recordBytes } from './outbox-entry'

/** A message on disk that has no name in the outbox yet. */
export interface StagedEntry {
  /** Names it, or gives it another name; false where that is taken. Nothing is overwritten. */
  place(id: string): boolean
  dropUnlessPlaced(): void
}

/**
 * Writes a message for the outbox, on disk when this returns, its record under the name `recordName`. Throws the
 * system's error and leaves nothing then.
 */
export function stageEntry(
  kept: Omit<KeptMessage, 'isSigned'>,
  recordName: string,
  { outbox }: Paths,
): StagedEntry {
  makePrivateFolder(outbox)
  let folder = `${outbox}/${TEMP_PREFIX}${process.pid}-${process.hrtime.bigint().toString(36)}`
  mkdirSync(folder, { mode: 0o700 })
  let isPlaced = false
  const drop = () => removeOwnFolder(folder, ENTRY_FILES)
  const write = (name: string, bytes: Uint8Array) => {
    renameSync(writeTemp(folder, bytes), `${folder}/${name}`)
  }
  try {
    const { name, message, signature } = kept
    write(name, message)
    if (signature !== undefined) write(signatureName(name), signature)
    write(recordName, recordBytes({ ...kept, isSigned: signature !== undefined }))
    syncFolder(folder)
  } catch (error) {
    drop()
    throw error
  }
  return {
    place(id) {
      // No folder takes the place of another that holds something.
      if (!renameIfFree(folder, `${outbox}/${id}`)) return false
      folder = `${outbox}/${id}`
      isPlaced = true
      syncFolder(outbox)
      return true
    },
    dropUnlessPlaced() {
      if (!isPlaced) drop()
    },
  }
}

function makePrivateFolder(folder: string): void {
  makeFolder(folderOf(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
    syncFolder(folderOf(folder))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

function renameIfFree(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST', 'ENOTEMPTY', 'ENOTDIR')) return false
    throw error
  }
}
