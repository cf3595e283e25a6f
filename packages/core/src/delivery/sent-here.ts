import { surelyHoldsBytes } from '../fs/files'
import { listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import { namesInDone } from '../mailbox/done-folder'
import type { Judge, Lying } from '../mailbox/judge'
import { stillWaiting } from '../mailbox/next-message'
import { RELEASE } from '../mailbox/pending'
import { DONE_FOLDER, nameBeforeDone } from '../message/done-name'
import { type FileHead, readFileHead } from '../message/message-head'
import { isVisibleMessage, mayBeFrom } from '../message/message-name'
import type { Inbox } from '../project/local-inboxes'
import { toPath } from '../text/raw-name'
import type { Answer, Seen, SeenInbox } from './sent-message'

/** The inboxes of this machine in which something of `sender` lies. `machine` is what this one is called. */
export async function inboxesHere(
  inboxes: readonly Inbox[],
  sender: string,
  machine: string,
  judge: Judge,
): Promise<SeenInbox[]> {
  const found: SeenInbox[] = []
  for (const { folder, project } of inboxes) {
    const done = joinPath(folder, DONE_FOLDER)
    const lying = listNamesIfReadable(folder).filter(isVisibleMessage)
    const finished = namesInDone(folder).filter((name) => isVisibleMessage(name) && mayBeFrom(name, sender))
    if (finished.length === 0 && !lying.some((name) => mayBeFrom(name, sender))) continue
    const moved = seenIn(done, finished, true)
    const judged = await withReleases(seenIn(folder, lying, false), sender, folder, judge)
    const namesakes = byNameBefore(moved)
    const isMoved = (message: SeenHere) =>
      namesakes.get(message.name)?.some((other) => isSameMessage(message, folder, other, done))
    found.push({
      to: `${machine}.${project}`,
      seen: [...judged.filter((message) => !isMoved(message)), ...moved],
    })
  }
  return found
}

/** The same with what a release that counts answers; a release answers itself. Others are only in the way of none. */
async function withReleases(
  lying: readonly SeenHere[],
  sender: string,
  folder: string,
  judge: Judge,
): Promise<SeenHere[]> {
  const relevant = lying.filter(({ name, type }) => type === RELEASE || mayBeFrom(name, sender))
  const waiting = new Set(await stillWaiting(relevant, folder, judge))
  return relevant.map((message) => ({ ...message, isReleased: !waiting.has(message) }))
}

/** What is seen here, with what its release depends on. */
interface SeenHere extends Seen, Pick<Lying, 'size' | 'from'> {}

/** What has come into the inboxes of the sender itself, done or not. */
export function answersIn(inboxes: readonly Inbox[]): Answer[] {
  return inboxes.flatMap(({ folder }) => {
    const done = joinPath(folder, DONE_FOLDER)
    return [...answersAmong(folder, listNamesIfReadable(folder)), ...answersAmong(done, namesInDone(folder))]
  })
}

function answersAmong(folder: string, names: readonly string[]): Answer[] {
  return names.filter(isVisibleMessage).flatMap((name) => {
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

function byNameBefore(moved: readonly SeenHere[]): ReadonlyMap<string, readonly SeenHere[]> {
  const found = new Map<string, SeenHere[]>()
  for (const message of moved) {
    const name = nameBeforeDone(message.name, message.conversation)
    const others = found.get(name)
    if (others === undefined) found.set(name, [message])
    else others.push(message)
  }
  return found
}

/** For a moment a message is in both, where hard links do not work as two files with the same bytes. */
function isSameMessage(lying: SeenHere, folder: string, moved: SeenHere, done: string): boolean {
  if (lying.file === moved.file) return true
  return lying.size === moved.size && holdSame(joinPath(folder, lying.name), joinPath(done, moved.name))
}

function holdSame(path: string, other: string): boolean {
  try {
    return surelyHoldsBytes(other, takeSnapshot(path).bytes)
  } catch {
    return false
  }
}

function seenIn(folder: string, names: readonly string[], isDone: boolean): SeenHere[] {
  return names.flatMap((name) => {
    const head = headAt(folder, name)
    const field = (key: string) => head?.header?.get(key) ?? ''
    const conversation = field('CONVERSATION_ID')
    if (head === undefined || conversation === '') return []
    const { dev, ino, size, ctimeMs } = head.stats
    return [
      {
        name,
        conversation,
        type: field('MESSAGE_TYPE'),
        timestamp: field('TIMESTAMP'),
        sequence: field('SEQUENCE'),
        title: field('TITLE'),
        size,
        from: head.header?.get('FROM'),
        isDone,
        movedAt: isDone ? ctimeMs : undefined,
        file: `${dev}:${ino}`,
      },
    ]
  })
}

/** Undefined for what has vanished or cannot be read. */
function headAt(folder: string, name: string): FileHead | undefined {
  try {
    return readFileHead(toPath(joinPath(folder, name)))
  } catch {
    return undefined
  }
}
