import { lstatSync, type Stats, statSync } from 'node:fs'
import { hasCode } from '@cac/core/errors'
import { type FolderEntry, listFolder } from '@cac/core/folder'
import type { Header } from '@cac/core/header'
import { MESSAGE_SUFFIX } from '@cac/core/message-file'
import { readFileHeader } from '@cac/core/message-head'
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
  const entries: MessageEntry[] = []
  const unparseable: MessageFile[] = []
  for (const { name, path } of messageFiles(inbox)) {
    const stats = statsOf(path)
    if (stats === undefined) continue
    const file = { name, modified: stats.mtimeMs }
    const header = stats.isFile() ? headerOf(path, stats.size) : undefined
    if (header === 'vanished') continue
    const conversation = header?.get('CONVERSATION_ID')
    const timestamp = header?.get('TIMESTAMP')
    const type = header?.get('MESSAGE_TYPE')
    if (conversation && timestamp && type) entries.push({ file, conversation, timestamp, type })
    else unparseable.push(file)
  }
  const files = [...pendingMessages(entries).map((entry) => entry.file), ...unparseable]
  return { pending: files.length, unparseable: unparseable.length, latest: latestOf(files) }
}

/** `modified` in milliseconds since the epoch. */
type MessageFile = { readonly name: string; readonly modified: number }
type MessageEntry = Entry & { readonly file: MessageFile }

function messageFiles(inbox: string): FolderEntry[] {
  try {
    return listFolder(inbox, MESSAGE_SUFFIX)
  } catch {
    return []
  }
}

/** Of a link that leads nowhere its own; undefined for what has vanished. */
function statsOf(path: FolderEntry['path']): Stats | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats !== undefined) return stats
  } catch {
    // A link that leads round in a circle, or through what is no folder.
  }
  return lstatSync(path, { throwIfNoEntry: false })
}

/** Undefined where it cannot be read. */
function headerOf(path: FolderEntry['path'], size: number): Header | 'vanished' | undefined {
  try {
    return readFileHeader(path, size)
  } catch (error) {
    return hasCode(error, 'ENOENT') && statsOf(path) === undefined ? 'vanished' : undefined
  }
}

function latestOf(files: readonly MessageFile[]): Waiting['latest'] {
  let latest: Waiting['latest']
  for (const file of files) {
    if (latest === undefined || file.modified > latest.modified) latest = file
  }
  return latest
}
