import { lstatSync, type Stats, statSync } from 'node:fs'
import { type FileHead, readFileHead } from '../message/message-head'
import { toPath } from '../text/raw-name'
import type { Entry } from './pending'

/** What lies in an inbox under the name of a message; `modified` in milliseconds since the epoch. */
export interface FoundEntry extends Entry {
  readonly name: string
  readonly modified: number
  /** Bytes. */
  readonly size: number
  /** Its own FROM, if it has one; unverified, as all that the header says. */
  readonly from: string | undefined
  /** False for a folder, a fifo, a link that leads nowhere, … */
  readonly isFile: boolean
}

/**
 * Returns what reads the entries of an inbox by their names: undefined for one that has vanished meanwhile
 * (contract B16).
 */
export function entryReader(inbox: string): (name: string) => FoundEntry | undefined {
  const keep = keeper()
  return (name) => {
    const head = headOf(`${inbox}/${name}`)
    if (head === undefined) return undefined
    const { stats, header } = head
    const isFile = stats.isFile()
    const modified = stats.mtimeMs
    const conversation = header?.get('CONVERSATION_ID')
    const timestamp = header?.get('TIMESTAMP')
    const type = header?.get('MESSAGE_TYPE')
    const found = { name, modified, isFile, size: stats.size }
    if (!conversation || !timestamp || !type)
      return { ...found, from: undefined, conversation: undefined, timestamp: '', type: '' }
    const from = header?.get('FROM')
    return {
      ...found,
      from: from && keep(from),
      conversation: keep(conversation),
      timestamp: keep(timestamp),
      type: keep(type),
    }
  }
}

/** Characters from which on a value is kept once for all messages that have it. */
const LONG_VALUE = 256

/**
 * Returns the first value equal to a long one: thousands of names may lead to one file, with 64 KB to each of its
 * values (contract B40).
 */
function keeper(): (value: string) => string {
  const kept = new Map<string, string>()
  return (value) => {
    if (value.length < LONG_VALUE) return value
    const known = kept.get(value)
    if (known === undefined) kept.set(value, value)
    return known ?? value
  }
}

/** Without a header where the file cannot be read; undefined where it has vanished. */
function headOf(path: string): FileHead | undefined {
  try {
    return readFileHead(toPath(path))
  } catch {
    const stats = statsOf(toPath(path))
    return stats && { stats, header: undefined }
  }
}

/** Of a link that leads nowhere its own; undefined for what has vanished. */
function statsOf(path: string | Buffer): Stats | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats !== undefined) return stats
  } catch {
    // A link that leads round in a circle, or through what is no folder.
  }
  return lstatSync(path, { throwIfNoEntry: false })
}
