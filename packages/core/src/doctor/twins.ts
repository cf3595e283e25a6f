import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { LARGEST_MESSAGE, takeSnapshot } from '../fs/snapshot'
import { toPath } from '../text/raw-name'

/** Bytes that are read of one inbox to compare messages. */
const MOST_BYTES = 64 * 1024 * 1024

/** Messages that another one is identical to, and whether all could be compared. */
export interface Twins {
  /** Paths of those in `waiting` that come after an identical one. */
  readonly later: readonly string[]
  readonly isComplete: boolean
}

/** Compares messages byte by byte; only those of one size are read. `earlier` are paths of messages that do not wait. */
export function findTwins(waiting: readonly string[], earlier: readonly string[]): Twins {
  const sizes = new Map<number, string[]>()
  for (const path of [...earlier, ...waiting]) {
    const size = sizeOf(path)
    if (size === undefined || size > LARGEST_MESSAGE) continue
    const group = sizes.get(size)
    if (group === undefined) sizes.set(size, [path])
    else group.push(path)
  }
  const asked = new Set(waiting)
  const later: string[] = []
  let left = MOST_BYTES
  let isComplete = true
  for (const [size, paths] of sizes) {
    if (paths.length < 2 || !paths.some((path) => asked.has(path))) continue
    left -= size * paths.length
    if (left < 0) {
      isComplete = false
      break
    }
    later.push(...laterOnes(paths).filter((path) => asked.has(path)))
  }
  return { later, isComplete }
}

function laterOnes(paths: readonly string[]): string[] {
  const seen = new Set<string>()
  return paths.filter((path) => {
    const hash = hashOf(path)
    if (hash === undefined || !seen.has(hash)) {
      if (hash !== undefined) seen.add(hash)
      return false
    }
    return true
  })
}

function sizeOf(path: string): number | undefined {
  try {
    const stats = statSync(toPath(path))
    return stats.isFile() ? stats.size : undefined
  } catch {
    return undefined
  }
}

function hashOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(takeSnapshot(path).bytes).digest('hex')
  } catch {
    return undefined
  }
}
