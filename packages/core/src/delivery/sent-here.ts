import { listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { namesInDone } from '../inbox/done-folder'
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
    const lying = messagesAmong(listNamesIfReadable(folder))
    const finished = messagesAmong(namesInDone(folder)).filter((name) => mayBeFrom(name, sender))
    if (finished.length === 0 && !lying.some((name) => mayBeFrom(name, sender))) return []
    const seen = [...seenIn(folder, lying, false), ...seenIn(done, finished, true)]
    return [{ to: `${machine}.${project}`, seen }]
  })
}

/** What has come into the inboxes of the sender itself, done or not. */
export function answersIn(inboxes: readonly Inbox[]): Answer[] {
  return inboxes.flatMap(({ folder }) => {
    const done = joinPath(folder, DONE_FOLDER)
    return [...answersAmong(folder, listNamesIfReadable(folder)), ...answersAmong(done, namesInDone(folder))]
  })
}

function answersAmong(folder: string, names: readonly string[]): Answer[] {
  return messagesAmong(names).flatMap((name) => {
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

function seenIn(folder: string, names: readonly string[], isDone: boolean): Seen[] {
  return names.flatMap((name) => {
    const head = headAt(folder, name)
    const field = (key: string) => head?.header?.get(key) ?? ''
    const conversation = field('CONVERSATION_ID')
    if (head === undefined || conversation === '') return []
    return [
      {
        name,
        conversation,
        type: field('MESSAGE_TYPE'),
        timestamp: field('TIMESTAMP'),
        sequence: field('SEQUENCE'),
        title: field('TITLE'),
        isDone,
        movedAt: isDone ? head.stats.ctimeMs : undefined,
      },
    ]
  })
}

function messagesAmong(names: readonly string[]): string[] {
  return names.filter((name) => name.endsWith(MESSAGE_SUFFIX) && !name.startsWith('.'))
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
