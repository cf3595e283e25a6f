import { surelyHoldsBytes } from '../fs/files'
import { listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import { DONE_FOLDER, nameBeforeDone } from '../inbox/done-name'
import type { Inbox } from '../inbox/local-inboxes'
import { type FileHead, readFileHead } from '../message/message-head'
import { MESSAGE_SUFFIX } from '../message/message-name'
import { toPath } from '../text/raw-name'
import type { Answer, Seen, SeenInbox } from './sent-message'

/** The inboxes of this machine in which something of `sender` lies. `machine` is what this one is called. */
export function inboxesHere(inboxes: readonly Inbox[], sender: string, machine: string): SeenInbox[] {
  return inboxes.flatMap(({ folder, project }) => {
    const done = joinPath(folder, DONE_FOLDER)
    const lying = messageNames(folder)
    const finished = messageNames(done).filter((name) => mayBeFrom(name, sender))
    if (finished.length === 0 && !lying.some((name) => mayBeFrom(name, sender))) return []
    const moved = seenIn(done, finished, true)
    const namesakes = byNameBefore(moved)
    const seen = seenIn(folder, lying, false).filter(
      (file) => !namesakes.get(file.message.name)?.some((other) => isSameMessage(file, other)),
    )
    return [{ to: `${machine}.${project}`, seen: [...seen, ...moved].map(({ message }) => message) }]
  })
}

/** What has come into the inboxes of the sender itself, done or not. */
export function answersIn(inboxes: readonly Inbox[]): Answer[] {
  return inboxes.flatMap(({ folder }) => {
    const done = joinPath(folder, DONE_FOLDER)
    return [...answersInFolder(folder), ...answersInFolder(done)]
  })
}

function answersInFolder(folder: string): Answer[] {
  return messageNames(folder).flatMap((name) => {
    const header = headAt(folder, name)?.header
    const conversation = header?.get('CONVERSATION_ID')
    if (header === undefined || !conversation) return []
    const timestamp = header.get('TIMESTAMP') ?? ''
    return [
      {
        name: nameBeforeDone(name, conversation),
        conversation,
        timestamp,
        inReplyTo: header.get('IN_REPLY_TO') || undefined,
        from: header.get('FROM') || undefined,
      },
    ]
  })
}

/** A message as it was seen, and its file. */
interface SeenFile {
  readonly message: Seen
  readonly path: string
  readonly size: number
}

function byNameBefore(moved: readonly SeenFile[]): ReadonlyMap<string, readonly SeenFile[]> {
  const found = new Map<string, SeenFile[]>()
  for (const file of moved) {
    const name = nameBeforeDone(file.message.name, file.message.conversation)
    const others = found.get(name)
    if (others === undefined) found.set(name, [file])
    else others.push(file)
  }
  return found
}

/** For a moment a message is in both, where hard links do not work as two files with the same bytes. */
function isSameMessage({ message, path, size }: SeenFile, other: SeenFile): boolean {
  return other.message.file === message.file || (other.size === size && holdSame(path, other.path))
}

function holdSame(path: string, other: string): boolean {
  try {
    return surelyHoldsBytes(other, takeSnapshot(path).bytes)
  } catch {
    return false
  }
}

function seenIn(folder: string, names: readonly string[], isDone: boolean): SeenFile[] {
  return names.flatMap((name) => {
    const head = headAt(folder, name)
    const field = (key: string) => head?.header?.get(key) ?? ''
    const conversation = field('CONVERSATION_ID')
    if (head === undefined || conversation === '') return []
    const { dev, ino, size, ctimeMs } = head.stats
    const message = {
      name,
      conversation,
      type: field('MESSAGE_TYPE'),
      timestamp: field('TIMESTAMP'),
      sequence: field('SEQUENCE'),
      title: field('TITLE'),
      isDone,
      movedAt: isDone ? ctimeMs : undefined,
      file: `${dev}:${ino}`,
    }
    return [{ message, path: joinPath(folder, name), size }]
  })
}

function messageNames(folder: string): string[] {
  return listNamesIfReadable(folder).filter((name) => name.endsWith(MESSAGE_SUFFIX) && !name.startsWith('.'))
}

function mayBeFrom(name: string, sender: string): boolean {
  return name.includes(`-from-${sender}-`)
}

/** Undefined for what has vanished or cannot be read. */
function headAt(folder: string, name: string): FileHead | undefined {
  try {
    return readFileHead(toPath(joinPath(folder, name)))
  } catch {
    return undefined
  }
}
