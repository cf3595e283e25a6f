import { listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import type { Header } from '../message/header'
import { headIfReadable } from '../message/message-head'
import type { Inbox } from '../project/local-inboxes'
import { entryReader, type FoundEntry } from './entry'
import type { Judge } from './judge'
import { inOrder, nextMessage, waitingIn } from './next-message'

/** A message that waits, and the project that it is for. */
export interface WaitingMessage {
  readonly path: string
  readonly project: string
  /** Not verified: whoever wrote the file chose it. Undefined where it cannot be read. */
  readonly header: Header | undefined
  /** Whether the header says what all messages must: else no release answers it. */
  readonly isWhole: boolean
  /** Milliseconds since the epoch. */
  readonly modified: number
  /** Bytes. */
  readonly size: number
}

/** The first message that waits in these inboxes. One that cannot be read keeps none of the others back. */
export async function firstWaiting(
  inboxes: readonly Inbox[],
  judge: Judge,
): Promise<WaitingMessage | undefined> {
  const candidates: (FoundEntry & { readonly inbox: Inbox })[] = []
  for (const inbox of inboxes) {
    const name = await nextMessage(inbox.folder, judge, listNamesIfReadable(inbox.folder))
    const entry = name === undefined ? undefined : entryReader(inbox.folder)(name)
    if (entry !== undefined) candidates.push({ ...entry, inbox })
  }
  const [first] = inOrder(candidates)
  return first && messageOf(first, first.inbox)
}

/** All messages that wait in an inbox, in the order in which they are to be handled. */
export async function allWaiting(inbox: Inbox, judge: Judge): Promise<WaitingMessage[]> {
  const { folder } = inbox
  const waiting = await waitingIn(folder, judge, listNamesIfReadable(folder))
  return waiting.map((entry) => messageOf(entry, inbox))
}

/** The same of several inboxes, one after the other. */
export async function allWaitingIn(inboxes: readonly Inbox[], judge: Judge): Promise<WaitingMessage[]> {
  const waiting: WaitingMessage[] = []
  for (const inbox of inboxes) waiting.push(...(await allWaiting(inbox, judge)))
  return waiting
}

function messageOf(entry: FoundEntry, { folder, project }: Inbox): WaitingMessage {
  const { name, modified, size, conversation } = entry
  const path = joinPath(folder, name)
  return {
    path,
    project,
    header: headIfReadable(path)?.header,
    isWhole: conversation !== undefined,
    modified,
    size,
  }
}
