import { createHash } from 'node:crypto'
import { type BigIntStats, statSync } from 'node:fs'
import { isTooLarge } from '../fs/files'
import { takeSnapshot } from '../fs/snapshot'
import { toPath } from '../text/raw-name'

/** Bytes up to which the bytes tell a message from another. To read more takes too long where one waits for it. */
const LARGEST_READ = 1024 * 1024
/** Messages of which it is kept what they are. */
const MOST_KEPT = 10_000

/** What tells a message from another one that got its path (contract B52). */
export interface Identity {
  /** The same for the same bytes. Of a large message, or one that cannot be read: for the same file. */
  readonly message: string
  /** The same for one file, also where its bytes change. */
  readonly file: string
}

/** Returns what tells the identity of the message at a path; undefined where there is none. Files that have not changed are read once. */
export function messageIdentities(): (path: string) => Identity | undefined {
  const kept = new Map<string, { readonly state: string; readonly identity: Identity }>()
  return (path) => {
    const stats = statsOf(path)
    if (stats === undefined) return undefined
    const known = kept.get(path)
    if (known?.state === stateOf(stats)) return known.identity
    const found = identify(path, stats)
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(path, found)
    return found.identity
  }
}

function identify(path: string, stats: BigIntStats): { state: string; identity: Identity } {
  try {
    const snapshot = takeSnapshot(path, LARGEST_READ)
    const message = createHash('sha256').update(snapshot.bytes).digest('hex')
    return { state: stateOf(snapshot.stats), identity: { message, file: fileOf(snapshot.stats) } }
  } catch (error) {
    const { dev, ino, size, mtimeNs } = stats
    // Not by the change time: a sender that drops its temp name changes that and nothing else.
    const message = `${dev}:${ino}:${size}:${mtimeNs}`
    const identity = { message, file: fileOf(stats) }
    return { state: isTooLarge(error) ? stateOf(stats) : '', identity }
  }
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(toPath(path), { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** The number of an inode is soon given to the next file: the time of birth tells the two apart. */
function fileOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
}
