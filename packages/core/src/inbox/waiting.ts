import { listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import type { Header } from '../message/header'
import { readFileHead } from '../message/message-head'
import { toPath } from '../text/raw-name'
import { entryReader, type FoundEntry } from './entry'
import type { Inbox } from './local-inboxes'
import { inOrder, nextMessage, waitingIn } from './next-message'

/** A message that waits, and the project that it is for. */
export interface WaitingMessage {
  readonly path: string
  readonly project: string
  /** Not verified: whoever wrote the file chose it. Undefined where it cannot be read. */
  readonly header: Header | undefined
  /** Milliseconds since the epoch. */
  readonly modified: number
}

/** The first message that waits in these inboxes. One that cannot be read keeps none of the others back. */
export function firstWaiting(inboxes: readonly Inbox[]): WaitingMessage | undefined {
  const candidates = inboxes.flatMap((inbox) => {
    const name = nextMessage(inbox.folder, listNamesIfReadable(inbox.folder))
    const entry = name === undefined ? undefined : entryReader(inbox.folder)(name)
    return entry === undefined ? [] : [{ ...entry, inbox }]
  })
  const [first] = inOrder(candidates)
  return first && messageOf(first, first.inbox)
}

/** All messages that wait in an inbox, in the order in which they are to be handled. */
export function allWaiting(inbox: Inbox): WaitingMessage[] {
  return waitingIn(inbox.folder, listNamesIfReadable(inbox.folder)).map((entry) => messageOf(entry, inbox))
}

function messageOf({ name, modified }: FoundEntry, { folder, project }: Inbox): WaitingMessage {
  const path = joinPath(folder, name)
  return { path, project, header: headerAt(path), modified }
}

function headerAt(path: string): Header | undefined {
  try {
    return readFileHead(toPath(path)).header
  } catch {
    return undefined
  }
}
