import { lstatSync, renameSync } from 'node:fs'
import { claimEmpty, isTaken, makeFolder, makeMissing, syncFolder } from '../fs/durable'
import { listNames } from '../fs/folder'
import { folderOf } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import { toBytes } from '../text/raw-name'
import { isGone, ownProcess, type ProcessId, processScope } from './process-id'

/** The lock while nobody holds it. */
const LOCK = 'lock'
/** The lock while a process holds it: with its number, start and scope. */
const HELD_LOCK = /^lock\.(\d+)\.([0-9a-f]*)\.([\w-]*)$/
/** Milliseconds that a process waits for the lock. Each holder needs a few. */
const LONGEST_WAIT = 5_000
/** Milliseconds after which a holder has lost the lock, also if its process cannot be judged here. */
const LONGEST_HOLD = 30_000
/** Milliseconds without any lock in the folder after which its maker must have been killed. */
const NO_LOCK = 2_000
/** Milliseconds between two tries. */
const TRY_EVERY = 4

/** The complete names that a lock can have. */
export const LOCK_NAME = new RegExp(`^lock$|${HELD_LOCK.source}`)

/**
 * A lock in a folder of ours: one name, which its holder gives its own form. So nobody takes what another one has taken,
 * and the lock of a killed process is free.
 */
export class FolderLock {
  readonly #folder: string
  readonly #prepare: () => void

  /** `prepare` is called by the process that makes the folder, while it holds the lock. */
  constructor(folder: string, prepare: () => void = () => {}) {
    this.#folder = folder
    this.#prepare = prepare
  }

  /**
   * Runs `use` while this process holds the lock, and returns its result. `isHeld` says whether nobody has taken the
   * lock over meanwhile. Waits for other holders without letting other work run. Throws the system's error, or one that
   * says that the folder is in use.
   */
  hold<Result>(use: (isHeld: () => boolean) => Result): Result {
    const own = this.#take()
    try {
      return use(() => isTaken(own))
    } finally {
      rename(own, `${this.#folder}/${LOCK}`)
    }
  }

  /** Returns the lock's path while this process holds it. */
  #take(): string {
    const own = `${this.#folder}/${heldName()}`
    if (this.#makeFolder(own)) return own
    const started = performance.now()
    let lastSeen = started
    for (;;) {
      const names = listNames(this.#folder)
      const locks = names.filter((name) => LOCK_NAME.test(name))
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
    claimEmpty(own)
    syncFolder(folderOf(this.#folder))
    this.#prepare()
    return true
  }

  #mayTake(name: string): boolean {
    if (name === LOCK) return true
    const [, pid, started = '', scope = ''] = HELD_LOCK.exec(name) ?? []
    if (isGone({ pid: Number(pid), started: Buffer.from(started, 'hex').toString(), scope })) return true
    const changed = lstatSync(`${this.#folder}/${name}`, { throwIfNoEntry: false })?.ctimeMs
    return changed !== undefined && Date.now() - changed > LONGEST_HOLD
  }
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
