import { surelyHoldsBytes } from '../fs/files'
import { joinPath } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import type { Judge, Lying } from '../mailbox/judge'
import { lastTaken } from '../mailbox/last-taken'
import type { Listing } from '../mailbox/listing'
import { Mailbox } from '../mailbox/mailbox'
import { RELEASE } from '../mailbox/pending'
import { nameBeforeDone } from '../message/done-name'
import { headIfReadable } from '../message/message-head'
import { isVisibleMessage, mayBeFrom } from '../message/message-name'
import type { Inbox } from '../project/projects'
import type { Answer, Seen, SeenInbox } from './sent-message'

/**
 * This machine's inboxes that hold messages of `sender`. `machine` is this machine's name (C35). Files whose names are
 * not wanted are not read.
 */
export async function inboxesHere(
  inboxes: readonly Inbox[],
  sender: string,
  machine: string,
  judge: Judge,
  isWanted: (name: string) => boolean = () => true,
): Promise<SeenInbox[]> {
  const found: SeenInbox[] = []
  for (const inbox of inboxes) {
    const { folder, project } = inbox
    const mailbox = new Mailbox([inbox])
    const isConcerned = ({ names }: Listing) =>
      names.some((name) => isVisibleMessage(name) && mayBeFrom(name, sender))
    if (![...mailbox.listings()].some(isConcerned)) continue
    const all = await mailbox.withStates((listing) => seenIn(listing, sender, isWanted), judge)
    const moved = all.flatMap(({ message }) => (message.moved === undefined ? [] : [message]))
    const lying = all.flatMap(({ message, state, taken }) =>
      message.moved === undefined ? [{ ...message, isReleased: state === 'released', taken }] : [],
    )
    const namesakes = byNameBefore(moved)
    const isMoved = (message: SeenHere) =>
      namesakes.get(message.name)?.some((other) => isSameMessage(message, folder, other))
    found.push({
      to: `${machine}.${project}`,
      seen: [...lying.filter((message) => !isMoved(message)), ...moved],
      lastTaken: lastTaken(folder, mailbox.namesIn(folder)),
    })
  }
  return found
}

/** A message found here, with the facts that its release depends on. */
interface SeenHere extends Seen, Pick<Lying, 'size' | 'from'> {}

/** All messages in the sender's own inboxes, done, aside or neither. Files whose names are not wanted are not read. */
export function answersIn(
  inboxes: readonly Inbox[],
  isWanted: (name: string) => boolean = () => true,
): Answer[] {
  return [...new Mailbox(inboxes).listings()].flatMap((listing) => answersAmong(listing, isWanted))
}

function answersAmong({ folder, names }: Listing, isWanted: (name: string) => boolean): Answer[] {
  const wanted = names.filter((name) => isVisibleMessage(name) && isWanted(name))
  return wanted.flatMap((name) => {
    const header = headIfReadable(joinPath(folder, name))?.header
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

/** For a moment a message is in both folders. Without hard links, these are two files with the same bytes. */
function isSameMessage(lying: SeenHere, folder: string, moved: SeenHere): boolean {
  if (lying.file === moved.file) return true
  const other = joinPath(joinPath(folder, moved.moved ?? ''), moved.name)
  return lying.size === moved.size && holdSame(joinPath(folder, lying.name), other)
}

function holdSame(path: string, other: string): boolean {
  try {
    return surelyHoldsBytes(other, takeSnapshot(path).bytes)
  } catch {
    return false
  }
}

/** Messages of `sender` by name, and releases that may answer them. Messages of others are not needed. */
function seenIn(
  { folder, names, place }: Listing,
  sender: string,
  isWanted: (name: string) => boolean,
): SeenHere[] {
  const moved = place === 'inbox' ? undefined : place
  const wanted = names.filter(
    (name) => isVisibleMessage(name) && (!moved || mayBeFrom(name, sender)) && isWanted(name),
  )
  return wanted.flatMap((name) => {
    const head = headIfReadable(joinPath(folder, name))
    const field = (key: string) => head?.header?.get(key) ?? ''
    const [conversation, type] = [field('CONVERSATION_ID'), field('MESSAGE_TYPE')]
    if (head === undefined || conversation === '') return []
    if (type !== RELEASE && !mayBeFrom(name, sender)) return []
    const { dev, ino, size, ctimeMs } = head.stats
    return [
      {
        name,
        conversation,
        type,
        timestamp: field('TIMESTAMP'),
        sequence: field('SEQUENCE'),
        title: field('TITLE'),
        size,
        from: head.header?.get('FROM'),
        moved,
        movedAt: moved && ctimeMs,
        arrived: moved === undefined ? ctimeMs : undefined,
        file: `${dev}:${ino}`,
      },
    ]
  })
}
