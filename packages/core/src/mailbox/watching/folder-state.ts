import { type BigIntStats, lstatSync, statSync } from 'node:fs'
import { joinPath, tidyPath } from '../../fs/paths'
import { toPath } from '../../text/raw-name'

/**
 * Identifies the state of a folder; undefined if it is not a folder. Uses floating-point numbers, exact to the
 * microsecond: bigints would be two thirds of V8's garbage in a look at unchanged folders, and collecting it wakes V8's
 * threads.
 */
export function folderState(folder: string): string | undefined {
  try {
    const stats = statSync(toPath(folder), { throwIfNoEntry: false })
    if (!stats?.isDirectory()) return undefined
    const { dev, ino, birthtimeMs, ctimeMs, mtimeMs } = stats
    return `${dev}:${ino}:${birthtimeMs}:${ctimeMs}:${mtimeMs}`
  } catch {
    return undefined
  }
}

/** Undefined if it is not a folder. */
export function folderStats(folder: string): BigIntStats | undefined {
  try {
    const stats = statSync(toPath(folder), { bigint: true })
    return stats.isDirectory() ? stats : undefined
  } catch {
    return undefined
  }
}

/** Nanoseconds. A folder that has just changed may change again without a new modification time. */
const CLOCK_TICK = 50_000_000n

/** Whether a folder can only change with a new modification time. */
export function isSettled({ mtimeNs }: BigIntStats): boolean {
  return mtimeNs < nanoseconds() - CLOCK_TICK
}

/** A new file may soon reuse an inode number: the birth time distinguishes the two. */
export function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`
}

/** What is known of a folder. */
export interface KnownFolder {
  /** Changes when the folder is removed and made again, which ends every watch on it. */
  readonly identity: string
  /** Its state at the last look. Undefined if it had changed just before. */
  readonly state: string | undefined
}

/** Looks at a folder again. `same` if it has not changed; undefined if it is no folder now. */
export function lookAgain(folder: string, known: KnownFolder | undefined): KnownFolder | 'same' | undefined {
  const state = folderState(folder)
  if (state !== undefined && state === known?.state) return 'same'
  const stats = folderStats(folder)
  return stats && { identity: identityOf(stats), state: isSettled(stats) ? state : undefined }
}

/** The identity of a name's file in a folder, links not followed; undefined if there is none. */
export function fileIdentity(folder: string, name: string): string | undefined {
  const stats = lstatSync(toPath(tidyPath(joinPath(folder, name))), { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? undefined : identityOf(stats)
}

/** A moment on two clocks: one may be set back, the other does not show the time of day. */
export interface Moment {
  /** Nanoseconds since the epoch, on a clock that may be set. */
  readonly time: bigint
  /** Nanoseconds that only increase. */
  readonly steady: bigint
}

/** Now. */
export function moment(): Moment {
  return { time: nanoseconds(), steady: process.hrtime.bigint() }
}

/** The moment in nanoseconds since the epoch, by the clock then or now, whichever is earlier. */
export function startOfThatMoment({ time, steady }: Moment): bigint {
  const byNow = nanoseconds() - (process.hrtime.bigint() - steady)
  return byNow < time ? byNow : time
}

/** Nanoseconds since the epoch, on the clock that may be set. */
export function nanoseconds(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
