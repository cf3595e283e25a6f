import { type BigIntStats, lstatSync, statSync } from 'node:fs'
import { listNames } from '@cac/core/folder'
import { fileName, folderOf, joinPath, tidyPath } from '@cac/core/paths'
import { toPath } from '@cac/core/raw-name'

/** A message that has appeared in a watched inbox. */
export interface Arrival {
  readonly folder: string
  readonly name: string
}

interface Inbox {
  /** Changes when the folder is removed and made again, which ends every watch of it. */
  readonly identity: string
  /** When the names were last read: the folder's modification time, unless that was only just now. */
  scanned: bigint | undefined
  /** Every name in the folder, with the file it named where it has been announced. */
  readonly names: Map<string, string | undefined>
}

/** A folder that has just been changed may change once more without a new modification time. */
const CLOCK_TICK = 50_000_000n

/**
 * What has been seen in which inbox. Events are hints and the folders are the truth (contract B23): however
 * many hints are lost, doubled or wrong, each message is announced once.
 */
export class InboxState {
  readonly #inboxes = new Map<string, Inbox>()
  readonly #announce: (arrival: Arrival) => void
  /** What changed before is not new in a folder that appears. */
  #lastLook = moment()

  constructor(announce: (arrival: Arrival) => void) {
    this.#announce = announce
  }

  /** Takes all that lies in these folders as known. */
  begin(folders: readonly string[]): void {
    for (const folder of folders) {
      const stats = folderStats(folder)
      if (stats === undefined) continue
      const names = new Map(visibleNames(folder).map((name) => [name, undefined] as const))
      this.#inboxes.set(folder, { identity: identityOf(stats), scanned: undefined, names })
    }
  }

  /**
   * Compares what is known with what is there: announces every name that is new. Returns whether the folders
   * themselves are others than before, so that they must be watched anew (contract B24).
   */
  look(folders: readonly string[]): boolean {
    const started = moment()
    const gone = new Set(this.#inboxes.keys())
    let isChanged = false
    for (const folder of folders) {
      const stats = folderStats(folder)
      if (stats === undefined) continue
      gone.delete(folder)
      const identity = identityOf(stats)
      const known = this.#inboxes.get(folder)
      if (known?.identity === identity) {
        this.#lookInto(folder, known, stats)
      } else {
        isChanged = true
        this.#meet(folder, identity)
      }
    }
    for (const folder of gone) this.#inboxes.delete(folder)
    this.#lastLook = started
    return isChanged || gone.size > 0
  }

  /** Follows a hint that something has appeared at `path`; without effect if it has not. */
  follow(path: string): void {
    const folder = [folderOf(path), `${folderOf(path)}/`].find((candidate) => this.#inboxes.has(candidate))
    const inbox = folder === undefined ? undefined : this.#inboxes.get(folder)
    const name = fileName(path)
    if (folder === undefined || inbox === undefined || !isVisible(name)) return
    const file = fileIdentity(folder, name)
    if (file === undefined || inbox.names.get(name) === file) return
    inbox.names.set(name, file)
    this.#announce({ folder, name })
  }

  #lookInto(folder: string, inbox: Inbox, stats: BigIntStats): void {
    if (inbox.scanned === stats.mtimeNs) return
    inbox.scanned = stats.mtimeNs < nanoseconds() - CLOCK_TICK ? stats.mtimeNs : undefined
    const found = new Set(visibleNames(folder))
    for (const name of inbox.names.keys()) if (!found.has(name)) inbox.names.delete(name)
    for (const name of found) if (!inbox.names.has(name)) this.follow(joinPath(folder, name))
  }

  /** A folder that was not there: what was put into it since the last look is new, the rest came with it. */
  #meet(folder: string, identity: string): void {
    const names = new Map<string, string | undefined>()
    this.#inboxes.set(folder, { identity, scanned: undefined, names })
    const lastLook = startOfThatMoment(this.#lastLook)
    const isOld = (name: string) => {
      const changed = lstatSync(toPath(joinPath(folder, name)), {
        bigint: true,
        throwIfNoEntry: false,
      })?.ctimeNs
      return changed !== undefined && changed < lastLook - CLOCK_TICK
    }
    for (const name of visibleNames(folder)) {
      if (isOld(name)) names.set(name, undefined)
      else this.follow(joinPath(folder, name))
    }
  }
}

/** Hidden files are unfinished or nobody's mail (contract B22); a signature comes before its message. */
function isVisible(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !name.endsWith('.asc')
}

function visibleNames(folder: string): string[] {
  try {
    return listNames(folder).filter(isVisible)
  } catch {
    return []
  }
}

function folderStats(folder: string): BigIntStats | undefined {
  try {
    const stats = statSync(toPath(folder), { bigint: true })
    return stats.isDirectory() ? stats : undefined
  } catch {
    return undefined
  }
}

/** The number of an inode is soon given to the next file: the time of birth tells the two apart. */
function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`
}

function fileIdentity(folder: string, name: string): string | undefined {
  const stats = lstatSync(toPath(tidyPath(joinPath(folder, name))), { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? undefined : identityOf(stats)
}

interface Moment {
  /** Nanoseconds since the epoch, by a clock that may be set. */
  readonly time: bigint
  /** Nanoseconds that only ever grow. */
  readonly steady: bigint
}

function moment(): Moment {
  return { time: nanoseconds(), steady: process.hrtime.bigint() }
}

/** When it was, in nanoseconds since the epoch: by the clock of then or of now, whichever is earlier. */
function startOfThatMoment({ time, steady }: Moment): bigint {
  const byNow = nanoseconds() - (process.hrtime.bigint() - steady)
  return byNow < time ? byNow : time
}

function nanoseconds(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
