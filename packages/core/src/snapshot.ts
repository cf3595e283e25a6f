import { type BigIntStats, closeSync, fstatSync, readFileSync, statSync } from 'node:fs'
import { openRegularFile, readRegularFile } from './files'
import { toPath } from './raw-name'

/** A file as one read found it: everything that is decided about it is decided on these bytes (B4). */
export interface Snapshot {
  readonly path: string
  readonly bytes: Buffer
  readonly stats: BigIntStats
}

/** Reads a regular file. Throws the system's error. */
export function takeSnapshot(path: string): Snapshot {
  const fd = openRegularFile(path)
  try {
    const stats = fstatSync(fd, { bigint: true })
    return { path, bytes: readFileSync(fd), stats }
  } finally {
    closeSync(fd)
  }
}

const SAME = ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const

/** Whether the path still names a file with these bytes. */
export function isUnchanged({ path, bytes, stats }: Snapshot): boolean {
  try {
    const now = statSync(toPath(path), { bigint: true })
    // A sender that drops its temp name changes ctime and nothing else: then the bytes themselves decide.
    return SAME.every((key) => now[key] === stats[key]) || readRegularFile(path).equals(bytes)
  } catch {
    return false
  }
}
