import { listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import type { Header } from '../message/header'
import { headIfReadable } from '../message/message-head'
import type { Inbox } from '../project/projects'
import type { FoundEntry } from './entry'
import { type Judge, type Lying, stillWaiting } from './judge'
import { type Lister, type Listing, listInbox } from './listing'
import { entriesIn, inOrder, nextMessage } from './next-message'

/** What became of a message in its inbox. Nothing is `taken` (contract C21) or `aside` (C22) yet. */
export type State = 'waiting' | 'taken' | 'released' | 'done' | 'aside'

/** A message with its state, and the inbox that it came to. */
export interface Stated<Message> {
  readonly message: Message
  readonly state: State
  readonly inbox: Inbox
}

/** A message that waits, and the project that it is for. */
export class WaitingMessage {
  readonly name: string
  /** The inbox that it lies in. */
  readonly folder: string
  readonly project: string
  /** Whether the header says what all messages must: else no release answers it. */
  readonly isWhole: boolean
  /** Milliseconds since the epoch. */
  readonly modified: number
  /** Bytes. */
  readonly size: number
  #header: { readonly read: Header | undefined } | undefined

  constructor({ name, modified, size, conversation }: FoundEntry, { folder, project }: Inbox) {
    this.name = name
    this.folder = folder
    this.project = project
    this.isWhole = conversation !== undefined
    this.modified = modified
    this.size = size
  }

  get path(): string {
    return joinPath(this.folder, this.name)
  }

  /**
   * Not verified: whoever wrote the file chose it. Undefined where it cannot be read. Read again when it is asked for:
   * thousands of whole headers would fill the memory, and few are asked for.
   */
  get header(): Header | undefined {
    this.#header ??= { read: headIfReadable(this.path)?.header }
    return this.#header.read
  }
}

/**
 * What lies in some inboxes, such as those of one project, as one look finds it: each folder is listed once, and no
 * more is read of the files than a question needs. For a new look, make a new one.
 */
export class Mailbox {
  readonly #inboxes: readonly Inbox[]
  readonly #list: Lister
  readonly #names = new Map<string, readonly string[]>()

  /** `list` says what an inbox that cannot be read means: nothing lies in it, unless it throws. */
  constructor(inboxes: readonly Inbox[], list: Lister = listNamesIfReadable) {
    this.#inboxes = inboxes
    this.#list = list
  }

  /** All names in one of the inboxes. */
  namesIn(folder: string): readonly string[] {
    const known = this.#names.get(folder)
    if (known !== undefined) return known
    const names = this.#list(folder)
    this.#names.set(folder, names)
    return names
  }

  /** The names in each inbox, and in its `done/`. No file is read. */
  *listings(): Generator<Listing> {
    for (const inbox of this.#inboxes) yield* this.#listingsOf(inbox)
  }

  /** Whether anything waits: no more is looked at than that takes. Throws as `first`. */
  async isWaiting(judge: Judge): Promise<boolean> {
    for (const { folder } of this.#inboxes)
      if ((await nextMessage(folder, judge, this.namesIn(folder))) !== undefined) return true
    return false
  }

  /**
   * The first message that waits, whichever of the inboxes it lies in (contract C13). Throws Failure under HALT. One
   * that cannot be read keeps none of the others back.
   */
  async first(judge: Judge): Promise<WaitingMessage | undefined> {
    const found: WaitingMessage[] = []
    for (const inbox of this.#inboxes) {
      const entry = await nextMessage(inbox.folder, judge, this.namesIn(inbox.folder))
      if (entry !== undefined) found.push(new WaitingMessage(entry, inbox))
    }
    return inOrder(found)[0]
  }

  /** All messages that wait, in the order in which they are to be handled. Throws as `first`. */
  async waiting(judge: Judge): Promise<WaitingMessage[]> {
    const found: WaitingMessage[] = []
    for (const inbox of this.#inboxes) {
      const entries = entriesIn(inbox.folder, this.namesIn(inbox.folder))
      for (const entry of await stillWaiting(entries, inbox.folder, judge))
        found.push(new WaitingMessage(entry, inbox))
    }
    return inOrder(found)
  }

  /** The messages that `read` makes of the names in each folder, with their states. Throws as `first`. */
  async withStates<Message extends Lying>(
    read: (listing: Listing) => readonly Message[],
    judge: Judge,
  ): Promise<Stated<Message>[]> {
    const found: Stated<Message>[] = []
    for (const inbox of this.#inboxes) {
      for (const listing of this.#listingsOf(inbox)) {
        const { place, folder } = listing
        const messages = read(listing)
        const waiting = place === 'inbox' ? new Set(await stillWaiting(messages, folder, judge)) : undefined
        const stateOf = (message: Message) => (waiting?.has(message) ? 'waiting' : 'released')
        for (const message of messages)
          found.push({ message, inbox, state: place === 'inbox' ? stateOf(message) : place })
      }
    }
    return found
  }

  #listingsOf({ folder }: Inbox): Generator<Listing> {
    return listInbox(folder, (inbox) => this.namesIn(inbox))
  }
}
