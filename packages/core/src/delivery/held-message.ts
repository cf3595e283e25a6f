import { closeSync, fsync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { link, makeFolder, remove, syncFolder, TEMP_PREFIX } from '../fs/durable'
import { folderOf, type Paths } from '../fs/paths'
import { removeOwnFolder } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { signatureName } from '../message/message-name'
import { dropEntry, updateRecord } from './outbox'
import { ENTRY_FILES, entryFolder, type KeptMessage, recordBytes } from './outbox-entry'
import { heldName, releaseRecord } from './outbox-hold'

/**
 * A message that this process sends for the first time. It is in the outbox from before the first try, so it survives
 * any end of this process (contract B53). While this process lives, no other process counts or sends it.
 */
export class HeldMessage {
  readonly #staged: StagedEntry
  /** Resolves once it is on disk, or to why it cannot be written there. The first try does not wait for this. */
  readonly flushed: Promise<string | undefined>
  readonly #paths: Paths
  #kept: Omit<KeptMessage, 'isSigned'>
  #id: string
  /** Whether it has arrived. */
  isDropped = false

  /** Tries `ids` in order. Throws the system's error and then keeps nothing. */
  constructor(kept: Omit<KeptMessage, 'isSigned'>, ids: Iterable<string>, paths: Paths) {
    this.#kept = kept
    this.#paths = paths
    this.#staged = stageEntry(kept, heldName('sending'), paths)
    try {
      this.#id = firstFree(this.#staged, ids)
      this.flushed = this.#staged.flush()
    } finally {
      this.#staged.dropUnlessPlaced()
    }
  }

  get #folder(): string {
    return entryFolder(this.#id, this.#paths)
  }

  /** The path of the message. */
  get path(): string {
    return `${this.#folder}/${this.#kept.name}`
  }

  /** Renames the entry; false if that name is taken. */
  place(id: string): boolean {
    if (id !== this.#id && !this.#staged.place(id)) return false
    this.#id = id
    return true
  }

  /** Records the last try, which used that name. If it cannot be written, the entry stays as it is. */
  note({ name, tries }: Pick<KeptMessage, 'name' | 'tries'>): void {
    const before = this.#kept
    const files = [before.name, ...(before.signature === undefined ? [] : [signatureName(before.name)])]
    try {
      const isRenamed = name !== before.name && this.#giveName(files, before.name, name)
      const kept = { ...before, tries, ...(isRenamed ? { name } : {}) }
      updateRecord(this.#folder, 'sending', { ...kept, isSigned: before.signature !== undefined })
      this.#kept = kept
      if (isRenamed) for (const old of files) remove(`${this.#folder}/${old}`)
    } catch {
      // This is no reason to fail: the earlier name and tries suffice.
    }
  }

  /** The message was not sent, and any process may send it now. Throws the system's error. */
  release(): void {
    releaseRecord(this.#folder, 'sending')
  }

  /** It has arrived. Throws the system's error. */
  drop(): void {
    this.isDropped = true
    this.#staged.stop()
    dropEntry(this.#id, this.#paths)
  }

  #giveName(files: readonly string[], from: string, to: string): boolean {
    return files.every((file) => {
      const path = `${this.#folder}/${file}`
      return link(path, `${this.#folder}/${to}${file.slice(from.length)}`) === 'linked'
    })
  }
}

function firstFree(staged: StagedEntry, ids: Iterable<string>): string {
  for (const id of ids) if (staged.place(id)) return id
  throw new Error('no name is free')
}

/** A message on disk that has no name in the outbox yet. */
interface StagedEntry {
  /** Names or renames it; false if that name is taken. Overwrites nothing. */
  place(id: string): boolean
  /** Flushes it to disk while other work goes on, unless `stop` says otherwise. Resolves to the reason if it fails. */
  flush(): Promise<string | undefined>
  stop(): void
  dropUnlessPlaced(): void
}

/**
 * Writes a message for the outbox, its record under the name `recordName`. Once placed, it survives any end of this
 * process. After `flush`, it also survives a power failure. Throws the system's error and then leaves nothing.
 */
function stageEntry(kept: Omit<KeptMessage, 'isSigned'>, recordName: string, { outbox }: Paths): StagedEntry {
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
      // A rename never replaces a folder that is not empty.
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

/** If this file system cannot flush a path, that is accepted. */
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
