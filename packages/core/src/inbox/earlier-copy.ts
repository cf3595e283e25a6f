import { statSync } from 'node:fs'
import { holdsBytes } from '../fs/files'
import { listNames } from '../fs/folder'
import { fileName, folderOf } from '../fs/paths'
import type { Snapshot } from '../fs/snapshot'
import { isStamped, MESSAGE_SUFFIX } from '../message/message-name'
import { compareText } from '../text/python-text'
import { toPath } from '../text/raw-name'

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
  for (const name of listNames(folder)) {
    if (!isMessageName(name) || name === own.name) continue
    // Most names tell by themselves that they come later: their files need not be looked at.
    const order = orderOfNames(name, own.name)
    if (order !== undefined && order > 0) continue
    const other = candidate(folder, name, message.bytes.length)
    if (other === undefined || (order === undefined && !comesBefore(other, own))) continue
    if (hasBytes(other.path, message.bytes)) copies.push(other)
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
    return holdsBytes(path, bytes)
  } catch {
    return false
  }
}

function comesBefore(a: Candidate, b: Candidate): boolean {
  return (orderOfNames(a.name, b.name) ?? (a.modified - b.modified || compareText(a.name, b.name))) < 0
}

/**
 * Names with a stamp come first, by name; hidden ones last, for no agent looks at them. Undefined for the others:
 * they come by modification time, then name.
 */
function orderOfNames(a: string, b: string): number | undefined {
  const rank = rankOf(a)
  const order = rank - rankOf(b)
  if (order !== 0) return order
  return rank === 0 ? compareText(a, b) : undefined
}

function rankOf(name: string): number {
  return name.startsWith('.') ? 2 : isStamped(name) ? 0 : 1
}
