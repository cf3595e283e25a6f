import { lstatSync, statSync } from 'node:fs'
import { hasCode } from '@cac/core/errors'
import { type FolderEntry, listFolder } from '@cac/core/folder'
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
  const entries: MessageEntry[] = []
  const unparseable: FolderEntry[] = []
  for (const file of messageFiles(inbox)) {
    const entry = readEntry(file)
    if (entry === 'unparseable') unparseable.push(file)
    else if (entry !== 'vanished') entries.push(entry)
  }
  const files = [...pendingMessages(entries).map((entry) => entry.file), ...unparseable]
  return { pending: files.length, unparseable: unparseable.length, latest: latestOf(files) }
}

type MessageEntry = Entry & { readonly file: FolderEntry }

function messageFiles(inbox: string): FolderEntry[] {
  try {
    return listFolder(inbox)
      .filter(({ name }) => name.endsWith(MESSAGE_SUFFIX))
      .sort((a, b) => compareText(a.name, b.name))
  } catch {
    return []
  }
}

function readEntry(file: FolderEntry): MessageEntry | 'unparseable' | 'vanished' {
  try {
    const header = readFileHeader(file.path)
    const conversation = header?.get('CONVERSATION_ID')
    const timestamp = header?.get('TIMESTAMP')
    const type = header?.get('MESSAGE_TYPE')
    if (!conversation || !timestamp || !type) return 'unparseable'
    return { file, conversation, timestamp, type }
  } catch (error) {
    return hasCode(error, 'ENOENT') && !isThere(file) ? 'vanished' : 'unparseable'
  }
}

function latestOf(files: readonly FolderEntry[]): Waiting['latest'] {
  let latest: Waiting['latest']
  for (const file of files) {
    const modified = modificationTime(file)
    if (modified !== undefined && (latest === undefined || modified > latest.modified)) {
      latest = { name: file.name, modified }
    }
  }
  return latest
}

/** In milliseconds; a dangling link has its own, a vanished file none. */
function modificationTime({ path }: FolderEntry): number | undefined {
  try {
    return statSync(path).mtimeMs
  } catch {
    return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs
  }
}

function isThere({ path }: FolderEntry): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
