import { closeSync, fsync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { makeFolder, syncFolder, TEMP_PREFIX } from '../fs/durable'
import { folderOf, type Paths } from '../fs/paths'
import { removeOwnFolder } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { signatureName } from '../message/message-name'
import type { KeptMessage } from './outbox'
import { ENTRY_FILES, recordBytes } from './outbox-entry'

/** A message on disk that has no name in the outbox yet. */
export interface StagedEntry {
  /** Names it, or gives it another name; false where that is taken. Nothing is overwritten. */
  place(id: string): boolean
  /** Brings it to disk while other work goes on, unless `stop` says that it need not. Resolves to why it cannot. */
  flush(): Promise<string | undefined>
  stop(): void
  dropUnlessPlaced(): void
}

/**
 * Writes a message for the outbox, its record under the name `recordName`: whatever ends this process, it stays there
 * once it is placed, and after `flush` it outlasts a power failure, too. Throws the system's error and leaves nothing
 * then.
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
  let isStopped = false
  const files: string[] = []
  const drop = () => removeOwnFolder(folder, ENTRY_FILES)
  const write = (name: string, bytes: Uint8Array) => {
    files.push(name)
    writeFileSync(`${folder}/${name}`, bytes, { flag: 'wx', mode: 0o600 })
  }
  try {
    const { name, message, signature } = kept
    write(name, message)
    if (signature !== undefined) write(signatureName(name), signature)
    write(recordName, recordBytes({ ...kept, isSigned: signature !== undefined }))
  } catch (error) {
    drop()
    throw error
  }
  return {
    place(id) {
      // No folder takes the place of another that holds something.
      if (!renameIfFree(folder, `${outbox}/${id}`)) return false
      folder = `${outbox}/${id}`
      if (isPlaced) syncFolder(outbox)
      isPlaced = true
      return true
    },
    async flush() {
      try {
        for (const path of [...files.map((name) => `${folder}/${name}`), folder, outbox])
          if (!isStopped) await flushPath(path)
        return undefined
      } catch (error) {
        return isStopped ? undefined : reasonOf(error)
      }
    },
    stop() {
      isStopped = true
    },
    dropUnlessPlaced() {
      if (!isPlaced) drop()
    },
  }
}

/** Whatever cannot be flushed on this file system is taken as it is. */
function flushPath(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fd = openSync(path, 'r')
    fsync(fd, (error) => {
      closeSync(fd)
      if (error === null || hasCode(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP')) resolve()
      else reject(error)
    })
  })
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
