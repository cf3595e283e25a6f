import { createHash } from 'node:crypto'
import { type BigIntStats, statSync } from 'node:fs'
import { isTooLarge } from '../fs/files'
import { takeSnapshot } from '../fs/snapshot'
import { toPath } from '../text/raw-name'

/** Largest message in bytes that is identified by its content. Reading more takes too long while a user waits. */
const LARGEST_READ = 1024 * 1024
/** The most message identities kept in memory. */
const MOST_KEPT = 10_000

/** Distinguishes a message from another one that got its path (contract B52). */
export interface Identity {
  /** Equal for equal bytes. For a large or unreadable message: equal for the same file. */
  readonly message: string
  /** Stays the same for one file, even if its bytes change. */
  readonly file: string
}

/**
 * Returns a function that identifies the message at a path; undefined if there is none. It reads unchanged files once.
 */
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
    // Does not use the change time: that also changes when a sender removes its temp name.
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

/** A new file may soon reuse an inode number: the birth time distinguishes the two. */
function fileOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
}
