import { lstatSync, type Stats, statSync } from 'node:fs'
import { listNamesIfReadable } from '../fs/folder'
import { type FileHead, readFileHead } from '../message/message-head'
import { MESSAGE_SUFFIX } from '../message/message-name'
import { sortText } from '../text/python-text'
import { toPath } from '../text/raw-name'
import { type Entry, pendingMessages } from './pending'

/** What waits in an inbox. */
export interface Waiting {
  readonly pending: number
  /** How many of the pending ones have no header that can be read. */
  readonly unparseable: number
  /** The pending message that arrived last, by its modification time in milliseconds. */
  readonly latest: { readonly name: string; readonly modified: number } | undefined
}

/** A message file; `modified` in milliseconds since the epoch. */
interface MessageFile {
  readonly name: string
  readonly modified: number
}

/** Looks through one inbox. What vanishes meanwhile is not counted (contract B16). */
export function scanInbox(inbox: string): Waiting {
  const entries: (Entry & MessageFile)[] = []
  const keep = keeper()
  let unparseable = 0
  for (const name of messageNames(inbox)) {
    const head = headOf(`${inbox}/${name}`)
    if (head === undefined) continue
    const modified = head.stats.mtimeMs
    const conversation = head.header?.get('CONVERSATION_ID')
    const timestamp = head.header?.get('TIMESTAMP')
    const type = head.header?.get('MESSAGE_TYPE')
    if (conversation && timestamp && type) {
      const kept = { conversation: keep(conversation), timestamp: keep(timestamp), type: keep(type) }
      entries.push({ name, modified, ...kept })
    } else {
      unparseable++
      entries.push({ name, modified, conversation: undefined, timestamp: '', type: '' })
    }
  }
  const pending = pendingMessages(entries)
  return { pending: pending.length, unparseable, latest: latestOf(pending) }
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

function messageNames(inbox: string): string[] {
  return sortText(listNamesIfReadable(inbox).filter((name) => name.endsWith(MESSAGE_SUFFIX)))
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

function latestOf(files: readonly MessageFile[]): Waiting['latest'] {
  let latest: Waiting['latest']
  for (const file of files) {
    if (latest === undefined || file.modified > latest.modified) latest = file
  }
  return latest
}
