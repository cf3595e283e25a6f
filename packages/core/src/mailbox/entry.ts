import { lstatSync, type Stats, statSync } from 'node:fs'
import { listNamesIfReadable } from '../fs/folder'
import { ASIDE_FOLDER } from '../message/done-name'
import { type FileHead, readFileHead } from '../message/message-head'
import { isMessageName, isVisibleMessage } from '../message/message-name'
import { sortText } from '../text/python-text'
import { toPath } from '../text/raw-name'
import { namesIn } from './listing'
import { type Entry, pendingMessages } from './pending'

/** A file or folder in an inbox under a message name; `modified` in milliseconds since the epoch. */
export interface FoundEntry extends Entry {
  readonly name: string
  readonly modified: number
  /** Bytes. */
  readonly size: number
  /** Its own FROM, if any; unverified, like all of the header. */
  readonly from: string | undefined
  /** False for a folder, a fifo, a broken link, … */
  readonly isFile: boolean
}

/**
 * Returns a reader for the entries of an inbox by name. It returns undefined for an entry that has vanished (contract
 * B16).
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

/** A value of at least this many characters is kept once for all messages that share it. */
const LONG_VALUE = 256

/**
 * Returns the first value equal to a long one: thousands of names may link to one file, with 64 KB in each value
 * (contract B40).
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

/** Has no header if the file cannot be read; undefined if it has vanished. */
function headOf(path: string): FileHead | undefined {
  try {
    return readFileHead(toPath(path))
  } catch {
    const stats = statsOf(toPath(path))
    return stats && { stats, header: undefined }
  }
}

/** For a broken link, the stats of the link itself; undefined if it has vanished. */
function statsOf(path: string | Buffer): Stats | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats !== undefined) return stats
  } catch {
    // A link in a loop, or through something that is not a folder.
  }
  return lstatSync(path, { throwIfNoEntry: false })
}

/** The waiting messages in an inbox, by the scripts' rules, for the plain table. */
export interface Waiting {
  readonly pending: number
  /** The number of pending messages without a readable header. */
  readonly unparseable: number
  /** The number of messages in `aside/` (contract C22). */
  readonly aside: number
  /** The pending message that arrived last, by modification time in milliseconds. */
  readonly latest: { readonly name: string; readonly modified: number } | undefined
}

/** Scans one inbox. Files that vanish meanwhile are not counted (contract B16). */
export function scanInbox(inbox: string): Waiting {
  const entryOf = entryReader(inbox)
  const entries: FoundEntry[] = []
  let unparseable = 0
  const names = listNamesIfReadable(inbox)
  for (const name of sortText(names.filter(isMessageName))) {
    const entry = entryOf(name)
    if (entry === undefined) continue
    entries.push(entry)
    if (entry.conversation === undefined) unparseable++
  }
  const pending = pendingMessages(entries)
  return { pending: pending.length, unparseable, aside: countAside(inbox, names), latest: latestOf(pending) }
}

/** The number of messages in an inbox's `aside/`. `names` are all in the inbox: most have no such folder. */
export function countAside(inbox: string, names: readonly string[]): number {
  if (!names.includes(ASIDE_FOLDER)) return 0
  return namesIn(inbox, ASIDE_FOLDER).filter(isVisibleMessage).length
}

function latestOf(entries: readonly FoundEntry[]): FoundEntry | undefined {
  let latest: FoundEntry | undefined
  for (const entry of entries) {
    if (latest === undefined || entry.modified > latest.modified) latest = entry
  }
  return latest
}
