import { createHash } from 'node:crypto'
import { chmodSync, closeSync, lstatSync, renameSync, statSync } from 'node:fs'
import {
  claimEmpty,
  isTaken,
  makeFolder,
  makeMissing,
  replaceFile,
  syncFolder,
  TEMP_NAME,
} from '../fs/durable'
import { openRegularFile, readWithin } from '../fs/files'
import { listNames } from '../fs/folder'
import { folderOf, type Paths } from '../fs/paths'
import { sweep } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { isGone, ownProcess, type ProcessId, processScope } from '../programs/process-id'
import { toBytes } from '../text/raw-name'
import { emptyRecord, formatRecord, type ProjectRecord, parseRecord } from './project-record'

/** Bytes. A full record is smaller. */
const LARGEST = 4 * 1024 * 1024
const RECORD = 'record.json'
/** Milliseconds without any hook event after which a project's record is removed: thirty days. */
const STALE_AFTER = 30 * 24 * 60 * 60 * 1000
/** Earlier versions had a folder for each session, `AGENT-<hash>`, with a file for each message. */
const FOLDER_NAME = /^[a-z]+-[0-9a-f]{32}$/

/** The lock while nobody holds it. */
const LOCK = 'lock'
/** The lock while a process holds it: with its number, start and scope. */
const HELD_LOCK = /^lock\.(\d+)\.([0-9a-f]*)\.([\w-]*)$/
/** Milliseconds that a change waits for the lock. Each holder needs a few. */
const LONGEST_WAIT = 5_000
/** Milliseconds after which a holder has lost the lock, also if its process cannot be judged here. */
const LONGEST_HOLD = 30_000
/** Milliseconds without any lock in the folder after which its maker must have been killed. */
const NO_LOCK = 2_000
/** Milliseconds between two tries. */
const TRY_EVERY = 4

const HOLDING = new RegExp(
  `^(?:[0-9a-f]{32}|waiter|record\\.json|lock|${HELD_LOCK.source.slice(1, -1)})$|${TEMP_NAME.source}`,
)

/**
 * The record of a project, which hooks of all its sessions read and change, each in a process of its own. One file
 * holds it. A reader sees a whole record. A change holds the lock: one name, which its holder gives its own form.
 */
export class RecordStore {
  readonly #folder: string
  readonly #paths: Paths
  #seen: { readonly stamp: string; readonly text: string } | undefined

  constructor(paths: Paths, project: string) {
    this.#paths = paths
    this.#folder = recordFolder(paths, project)
  }

  /** A copy of the record. Throws an error that says why it cannot be read. */
  read(): ProjectRecord {
    const text = this.#text()
    return text === '' ? emptyRecord() : this.#parsed(text)
  }

  /** Whether another process may have changed the record since the last `read` or `change`. */
  get hasChanged(): boolean {
    return stampOf(`${this.#folder}/${RECORD}`) !== this.#seen?.stamp
  }

  /**
   * Lets `decide` change the record, alone, and returns its result. The change is on disk by then. Throws an error that
   * says why the record cannot be kept; then nothing is changed.
   */
  change<Result>(decide: (record: ProjectRecord) => Result): Result {
    const lock = this.#lock()
    try {
      const before = this.#text()
      const record = before === '' ? emptyRecord() : this.#parsed(before)
      const result = decide(record)
      const after = formatRecord(record)
      if (after !== before) this.#write(after, lock)
      return result
    } finally {
      this.#unlock(lock)
    }
  }

  #write(text: string, lock: string): void {
    let mayReplace = false
    replaceFile(`${this.#folder}/${RECORD}`, toBytes(text), {
      mayReplace: () => {
        mayReplace = isTaken(lock)
        return mayReplace
      },
    })
    if (!mayReplace) throw new Error(`${this.#folder}: another process has taken over`)
    this.#seen = { stamp: stampOf(`${this.#folder}/${RECORD}`), text }
  }

  #text(): string {
    const path = `${this.#folder}/${RECORD}`
    const stamp = stampOf(path)
    if (stamp === '') return ''
    if (this.#seen?.stamp === stamp) return this.#seen.text
    const fd = openRegularFile(path)
    try {
      const text = readWithin(fd, 0, LARGEST).toString()
      this.#seen = { stamp, text }
      return text
    } finally {
      closeSync(fd)
    }
  }

  #parsed(text: string): ProjectRecord {
    try {
      return parseRecord(text)
    } catch (error) {
      throw new Error(`${this.#folder}/${RECORD} cannot be read (${reasonOf(error)}): remove it`)
    }
  }

  /** Returns the lock's path while this process holds it. */
  #lock(): string {
    const own = `${this.#folder}/${heldName()}`
    if (this.#makeFolder(own)) return own
    const started = performance.now()
    let lastSeen = started
    for (;;) {
      const names = listNames(this.#folder)
      const locks = names.filter((name) => name === LOCK || HELD_LOCK.test(name))
      if (locks.length > 0) lastSeen = performance.now()
      for (const name of locks) if (this.#mayTake(name) && rename(`${this.#folder}/${name}`, own)) return own
      const now = performance.now()
      if (now - lastSeen > NO_LOCK) claimEmpty(`${this.#folder}/${LOCK}`)
      if (now - started > LONGEST_WAIT) throw new Error(`${this.#folder} is in use; try again`)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRY_EVERY)
    }
  }

  /** Makes the folder, and the lock already held. False if another process makes, or has made it. */
  #makeFolder(own: string): boolean {
    makeFolder(folderOf(this.#folder))
    if (!makeMissing(this.#folder).includes(this.#folder)) return false
    chmodSync(this.#folder, 0o700)
    claimEmpty(own)
    syncFolder(folderOf(this.#folder))
    const { hookSessions, home } = this.#paths
    const leftovers = { named: FOLDER_NAME, holding: HOLDING, olderThan: STALE_AFTER }
    sweep({ path: hookSessions, below: home }, leftovers, Date.now())
    return true
  }

  #mayTake(name: string): boolean {
    if (name === LOCK) return true
    const [, pid, started = '', scope = ''] = HELD_LOCK.exec(name) ?? []
    if (isGone({ pid: Number(pid), started: Buffer.from(started, 'hex').toString(), scope })) return true
    const changed = lstatSync(`${this.#folder}/${name}`, { throwIfNoEntry: false })?.ctimeMs
    return changed !== undefined && Date.now() - changed > LONGEST_HOLD
  }

  #unlock(lock: string): void {
    rename(lock, `${this.#folder}/${LOCK}`)
  }
}

/** The folder of a project's record. */
export function recordFolder({ hookSessions }: Paths, project: string): string {
  return `${hookSessions}/project-${digest(project)}`
}

export function digest(...parts: readonly string[]): string {
  return createHash('sha256')
    .update(toBytes(parts.join('\0')))
    .digest('hex')
    .slice(0, 32)
}

let own: ProcessId | undefined

function heldName(): string {
  own ??= ownProcess()
  const { pid, started, scope } = own ?? { pid: process.pid, started: '', scope: processScope() }
  return `${LOCK}.${pid}.${toBytes(started).toString('hex')}.${scope}`
}

function rename(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** Changes when another record takes the place of the file. Empty if there is none. */
function stampOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? '' : [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':')
}
