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
 * A message that this process sends for the first time, in the outbox from before the first try on, so that it is not
 * lost however this process ends (contract B53). While this process lives nobody else counts or sends it.
 */
export class HeldMessage {
  readonly #staged: StagedEntry
  /** Resolves once it is on disk, or to why it cannot be brought there: the first try does not wait for that. */
  readonly flushed: Promise<string | undefined>
  readonly #paths: Paths
  #kept: Omit<KeptMessage, 'isSigned'>
  #id: string
  /** Whether it has arrived. */
  isDropped = false

  /** `ids` are tried one after the other. Throws the system's error and keeps nothing then. */
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

  /** Where the message is. */
  get path(): string {
    return `${this.#folder}/${this.#kept.name}`
  }

  /** Names the entry anew; false where that name is taken. */
  place(id: string): boolean {
    if (id !== this.#id && !this.#staged.place(id)) return false
    this.#id = id
    return true
  }

  /** What is known after the last try, which had that name. Where it cannot be written the entry stays as it is. */
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
      // It is no reason to fail: name and tries from before will do.
    }
  }

  /** It was not sent, and anybody may do it now. Throws the system's error. */
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
