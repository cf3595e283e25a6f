import { type BigIntStats, statSync } from 'node:fs'
import { toPath } from '../text/raw-name'
import type { SeenMessage } from './reading'

/** The message file of that name in a folder. Undefined if there is none. */
export function seenAt(folder: string, name: string): SeenMessage | undefined {
  try {
    const stats = statSync(toPath(`${folder}/${name}`), { bigint: true, throwIfNoEntry: false })
    return stats?.isFile() ? { name, file: fileOf(stats), size: Number(stats.size) } : undefined
  } catch {
    return undefined
  }
}

/**
 * A new file may soon reuse an inode number: the birth time distinguishes the two. Short, and in one piece: thousands of
 * these are kept.
 */
function fileOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return [dev, ino, birthtimeNs].map((number) => number.toString(36)).join(':')
}
