import { lstatSync, readdirSync, statSync } from 'node:fs'
import { hasCode } from '@cac/core/errors'
import { MESSAGE_SUFFIX } from '@cac/core/message-file'
import { readFileHeader } from '@cac/core/message-head'
import { compareText } from '@cac/core/python-text'
import { type Entry, pendingMessages } from './pending'

/** What waits in an inbox. */
export interface Waiting {
  readonly pending: number
  /** How many of the pending ones have no header that can be read. */
  readonly unparseable: number
  /** The pending message that arrived last, by its modification time in milliseconds. */
  readonly latest: { readonly name: string; readonly modified: number } | undefined
}

/** Looks through one inbox. What vanishes meanwhile is not counted (contract B16). */
export function scanInbox(inbox: string): Waiting {
  const entries: Entry[] = []
  const unparseable: string[] = []
  for (const name of messageNames(inbox)) {
    const entry = readEntry(`${inbox}/${name}`, name)
    if (entry === 'unparseable') unparseable.push(name)
    else if (entry !== 'vanished') entries.push(entry)
  }
  const names = [...pendingMessages(entries).map((entry) => entry.name), ...unparseable]
  return { pending: names.length, unparseable: unparseable.length, latest: latestOf(inbox, names) }
}

function messageNames(inbox: string): string[] {
  try {
    return readdirSync(inbox)
      .filter((name) => name.endsWith(MESSAGE_SUFFIX))
      .sort(compareText)
  } catch {
    return []
  }
}

function readEntry(path: string, name: string): Entry | 'unparseable' | 'vanished' {
  try {
    const header = readFileHeader(path)
    const conversation = header?.get('CONVERSATION_ID')
    const timestamp = header?.get('TIMESTAMP')
    const type = header?.get('MESSAGE_TYPE')
    if (!conversation || !timestamp || !type) return 'unparseable'
    return { name, conversation, timestamp, type }
  } catch (error) {
    return hasCode(error, 'ENOENT') && !isThere(path) ? 'vanished' : 'unparseable'
  }
}

function latestOf(inbox: string, names: readonly string[]): Waiting['latest'] {
  let latest: Waiting['latest']
  for (const name of names) {
    const modified = modificationTime(`${inbox}/${name}`)
    if (modified !== undefined && (latest === undefined || modified > latest.modified))
      latest = { name, modified }
  }
  return latest
}

/** In milliseconds; a dangling link has its own, a vanished file none. */
function modificationTime(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs
  } catch {
    return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
