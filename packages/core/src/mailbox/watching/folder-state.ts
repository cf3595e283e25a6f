import { type BigIntStats, lstatSync, statSync } from 'node:fs'
import { joinPath, tidyPath } from '../../fs/paths'
import { toPath } from '../../text/raw-name'

/**
 * All that tells one state of a folder from another; undefined where it is none. In numbers of floating point,
 * exact to the microsecond: big ones would be two thirds of what a look at unchanged folders leaves for V8 to
 * collect, which wakes its threads.
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

/** Undefined where that is no folder. */
export function folderStats(folder: string): BigIntStats | undefined {
  try {
    const stats = statSync(toPath(folder), { bigint: true })
    return stats.isDirectory() ? stats : undefined
  } catch {
    return undefined
  }
}

/** The number of an inode is soon given to the next file: the time of birth tells the two apart. */
export function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`
}

/** The identity of what has a name in a folder, links not followed; undefined where nothing has. */
export function fileIdentity(folder: string, name: string): string | undefined {
  const stats = lstatSync(toPath(tidyPath(joinPath(folder, name))), { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? undefined : identityOf(stats)
}

/** A moment by two clocks: one may be set back, the other says no time of day. */
export interface Moment {
  /** Nanoseconds since the epoch, by a clock that may be set. */
  readonly time: bigint
  /** Nanoseconds that only ever grow. */
  readonly steady: bigint
}

/** Now. */
export function moment(): Moment {
  return { time: nanoseconds(), steady: process.hrtime.bigint() }
}

/** When it was, in nanoseconds since the epoch: by the clock of then or of now, whichever is earlier. */
export function startOfThatMoment({ time, steady }: Moment): bigint {
  const byNow = nanoseconds() - (process.hrtime.bigint() - steady)
  return byNow < time ? byNow : time
}

/** Nanoseconds since the epoch, by the clock that may be set. */
export function nanoseconds(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}
