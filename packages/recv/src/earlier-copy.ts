import { statSync } from 'node:fs'
import { readRegularFile } from '@cac/core/files'
import { listFolder } from '@cac/core/folder'
import { isStamped, MESSAGE_SUFFIX } from '@cac/core/message-file'
import { fileName, folderOf } from '@cac/core/paths'
import { compareText } from '@cac/core/python-text'
import { toPath } from '@cac/core/raw-name'
import type { Snapshot } from '@cac/core/snapshot'

/** A message with the same bytes in the same inbox that comes before ours. */
export interface Copy {
  readonly name: string
  readonly path: string
}

interface Candidate extends Copy {
  /** Milliseconds since the epoch. */
  readonly modified: number
}

/**
 * The identical messages that come before `message`, the earliest first. Of any number of copies exactly one
 * comes first, whenever one asks: that one is to be processed (contract B1).
 */
export function earlierCopies(message: Snapshot): Copy[] {
  const folder = folderOf(message.path)
  const own = candidate(folder, fileName(message.path), message.bytes.length)
  if (own === undefined) return []
  const copies: Candidate[] = []
  for (const { name } of listFolder(folder)) {
    if (!isMessageName(name) || name === own.name) continue
    const other = candidate(folder, name, message.bytes.length)
    if (other !== undefined && comesBefore(other, own) && hasBytes(other.path, message.bytes))
      copies.push(other)
  }
  return copies.sort((a, b) => (comesBefore(a, b) ? -1 : 1))
}

/** A name with something before its suffix. */
function isMessageName(name: string): boolean {
  return name.endsWith(MESSAGE_SUFFIX) && name.length > MESSAGE_SUFFIX.length
}

/** The size is looked at first: no file of another size is read. */
function candidate(folder: string, name: string, size: number): Candidate | undefined {
  const path = `${folder}/${name}`
  try {
    const stats = statSync(toPath(path))
    return stats.isFile() && stats.size === size ? { name, path, modified: stats.mtimeMs } : undefined
  } catch {
    return undefined
  }
}

/** A copy that cannot be read is none: better to process twice than not at all. */
function hasBytes(path: string, bytes: Buffer): boolean {
  try {
    return readRegularFile(path).equals(bytes)
  } catch {
    return false
  }
}

/**
 * Hidden files last, for no agent looks at them; then names with a stamp, by name; the others by
 * modification time, then name.
 */
function comesBefore(a: Candidate, b: Candidate): boolean {
  const rank = (copy: Candidate) => (copy.name.startsWith('.') ? 2 : isStamped(copy.name) ? 0 : 1)
  if (rank(a) !== rank(b)) return rank(a) < rank(b)
  if (rank(a) !== 0 && a.modified !== b.modified) return a.modified < b.modified
  return compareText(a.name, b.name) < 0
}
