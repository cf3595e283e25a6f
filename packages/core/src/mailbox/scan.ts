import { listNamesIfReadable } from '../fs/folder'
import { isMessageName } from '../message/message-name'
import { sortText } from '../text/python-text'
import { entryReader, type FoundEntry } from './entry'
import { pendingMessages } from './pending'

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
