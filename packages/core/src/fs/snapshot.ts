import { type BigIntStats, closeSync, fstatSync, statSync } from 'node:fs'
import { toPath } from '../text/raw-name'
import { holdsBytes, openRegularFile, readWithin } from './files'

/** The content of a file from one read. All decisions about the file use these bytes (B4). */
export interface Snapshot {
  readonly path: string
  readonly bytes: Buffer
  readonly stats: BigIntStats
}

/** Largest message, in bytes (contract B40): 100 MB. */
export const LARGEST_MESSAGE = 100 * 1024 * 1024

/** Reads a regular file of at most `limit` bytes. Throws the system's error, or one that `isTooLarge` recognizes. */
export function takeSnapshot(path: string, limit = LARGEST_MESSAGE): Snapshot {
  const fd = openRegularFile(path)
  try {
    const stats = fstatSync(fd, { bigint: true })
    return { path, bytes: readWithin(fd, Number(stats.size), limit), stats }
  } finally {
    closeSync(fd)
  }
}

const SAME = ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const

/** Whether the path still names a file with these bytes. */
export function isUnchanged({ path, bytes, stats }: Snapshot): boolean {
  try {
    const now = statSync(toPath(path), { bigint: true })
    // A sender that removes its temp name changes only ctime. Then the bytes decide.
    return SAME.every((key) => now[key] === stats[key]) || holdsBytes(path, bytes)
  } catch {
    return false
  }
}
