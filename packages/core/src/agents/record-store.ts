import { createHash } from 'node:crypto'
import { chmodSync, closeSync, statSync } from 'node:fs'
import { replaceFile, TEMP_NAME } from '../fs/durable'
import { openRegularFile, readWithin } from '../fs/files'
import type { Paths } from '../fs/paths'
import { sweep } from '../fs/sweep'
import { reasonOf } from '../fs/system-error'
import { FolderLock, LOCK_NAME } from '../programs/folder-lock'
import { toBytes } from '../text/raw-name'
import { emptyRecord, formatRecord, type ProjectRecord, parseRecord } from './project-record'

/** Bytes. A full record is smaller. */
const LARGEST = 4 * 1024 * 1024
const RECORD = 'record.json'
/** Milliseconds without any hook event after which a project's record is removed: thirty days. */
const STALE_AFTER = 30 * 24 * 60 * 60 * 1000
/** Earlier versions had a folder for each session, `AGENT-<hash>`, with a file for each message. */
const FOLDER_NAME = /^[a-z]+-[0-9a-f]{32}$/

const HOLDING = new RegExp(`^(?:[0-9a-f]{32}|waiter|record\\.json)$|${LOCK_NAME.source}|${TEMP_NAME.source}`)

/**
 * The record of a project, which hooks of all its sessions read and change, each in a process of its own. One file
 * holds it. A reader sees a whole record. A change holds the lock: one name, which its holder gives its own form.
 */
export class RecordStore {
  readonly #folder: string
  readonly #paths: Paths
  readonly #lock: FolderLock
  #seen: { readonly stamp: string; readonly text: string } | undefined

  constructor(paths: Paths, project: string) {
    this.#paths = paths
    this.#folder = recordFolder(paths, project)
    this.#lock = new FolderLock(this.#folder, () => this.#prepareFolder())
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
    return this.#lock.hold((isHeld) => {
      const before = this.#text()
      const record = before === '' ? emptyRecord() : this.#parsed(before)
      const result = decide(record)
      const after = formatRecord(record)
      if (after !== before) this.#write(after, isHeld)
      return result
    })
  }

  #write(text: string, isHeld: () => boolean): void {
    let mayReplace = false
    replaceFile(`${this.#folder}/${RECORD}`, toBytes(text), {
      mayReplace: () => {
        mayReplace = isHeld()
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

  #prepareFolder(): void {
    chmodSync(this.#folder, 0o700)
    const { hookSessions, home } = this.#paths
    const leftovers = { named: FOLDER_NAME, holding: HOLDING, olderThan: STALE_AFTER }
    sweep({ path: hookSessions, below: home }, leftovers, Date.now())
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

/** Changes when another record takes the place of the file. Empty if there is none. */
function stampOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? '' : [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':')
}
