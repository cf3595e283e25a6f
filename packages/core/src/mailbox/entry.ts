import { lstatSync, type Stats, statSync } from 'node:fs'
import { listNamesIfReadable } from '../fs/folder'
import { type FileHead, readFileHead } from '../message/message-head'
import { isMessageName } from '../message/message-name'
import { sortText } from '../text/python-text'
import { toPath } from '../text/raw-name'
import { type Entry, pendingMessages } from './pending'

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

/** What waits in an inbox: in the plain table, by the scripts' notion of it. */
export interface Waiting {
  readonly pending: number
  /** How many of the pending ones have no header that can be read. */
  readonly unparseable: number
  /** The pending message that arrived last, by its modification time in milliseconds. */
  readonly latest: { readonly name: string; readonly modified: number } | undefined
}

/** Looks through one inbox. What vanishes meanwhile is not counted (contract B16). */
export function scanInbox(inbox: string): Waiting {
  const entryOf = entryReader(inbox)
  const entries: FoundEntry[] = []
  let unparseable = 0
  for (const name of messageNames(inbox)) {
    const entry = entryOf(name)
    if (entry === undefined) continue
    entries.push(entry)
    if (entry.conversation === undefined) unparseable++
  }
  const pending = pendingMessages(entries)
  return { pending: pending.length, unparseable, latest: latestOf(pending) }
}

function messageNames(inbox: string): string[] {
  return sortText(listNamesIfReadable(inbox).filter(isMessageName))
}

function latestOf(entries: readonly FoundEntry[]): FoundEntry | undefined {
  let latest: FoundEntry | undefined
  for (const entry of entries) {
    if (latest === undefined || entry.modified > latest.modified) latest = entry
  }
  return latest
}
