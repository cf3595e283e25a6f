import { listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import type { Header } from '../message/header'
import { headIfReadable } from '../message/message-head'
import type { Inbox } from '../project/projects'
import type { FoundEntry } from './entry'
import { type Judge, type Lying, stillWaiting } from './judge'
import { type Lister, type Listing, listInbox } from './listing'
import { entriesIn, inOrder, nextMessage, type Sieve } from './next-message'
import { haveTakes } from './take-name'
import type { Take } from './takes'

/** The state of a message in its inbox. A `taken` one waits too (contract C21). `aside` (C22) is not used yet. */
export type State = 'waiting' | 'taken' | 'released' | 'done' | 'aside'

/** A message, its state, and the inbox that received it. */
export interface Stated<Message> {
  readonly message: Message
  readonly state: State
  readonly inbox: Inbox
  /** Who has taken it. Only a waiting message can be taken. */
  readonly taken?: Take
}

/** A waiting message and its project. */
export class WaitingMessage {
  readonly name: string
  /** The inbox that holds it. */
  readonly folder: string
  readonly project: string
  /** Whether the header has all required fields. If not, no release answers the message. */
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
   * Not verified: the file's writer chose it. Undefined if it cannot be read. It is read again on each request:
   * thousands of whole headers would fill the memory, and few are needed.
   */
  get header(): Header | undefined {
    this.#header ??= { read: headIfReadable(this.path)?.header }
    return this.#header.read
  }
}

/**
 * The messages in some inboxes, e.g. of one project, as seen in one look. Each folder is listed once, and files are
 * read only as far as a question needs. For a new look, make a new Mailbox.
 */
export class Mailbox {
  readonly inboxes: readonly Inbox[]
  readonly #list: Lister
  readonly #names = new Map<string, readonly string[]>()

  /** `list` handles an unreadable inbox: it counts as empty unless `list` throws. */
  constructor(inboxes: readonly Inbox[], list: Lister = listNamesIfReadable) {
    this.inboxes = inboxes
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
    for (const inbox of this.inboxes) yield* this.#listingsOf(inbox)
  }

  /** Whether any message waits. Reads no more than this needs. Throws as `first`. */
  async isWaiting(judge: Judge): Promise<boolean> {
    for (const { folder } of this.inboxes)
      if ((await nextMessage(folder, judge, this.namesIn(folder))) !== undefined) return true
    return false
  }

  /**
   * The first waiting message in any of the inboxes (contract C13). Throws Failure under HALT. An unreadable message
   * does not hold back the others. With `sieveOf`, the first that passes its inbox's sieve.
   */
  async first(judge: Judge, sieveOf?: (inbox: Inbox) => Sieve): Promise<WaitingMessage | undefined> {
    const found: WaitingMessage[] = []
    for (const inbox of this.inboxes) {
      const entry = await nextMessage(inbox.folder, judge, this.namesIn(inbox.folder), sieveOf?.(inbox))
      if (entry !== undefined) found.push(new WaitingMessage(entry, inbox))
    }
    return inOrder(found)[0]
  }

  /** All waiting messages, in the order to handle them. Throws as `first`. */
  async waiting(judge: Judge): Promise<WaitingMessage[]> {
    const found: WaitingMessage[] = []
    for (const inbox of this.inboxes) {
      const entries = entriesIn(inbox.folder, this.namesIn(inbox.folder))
      for (const entry of await stillWaiting(entries, inbox.folder, judge))
        found.push(new WaitingMessage(entry, inbox))
    }
    return inOrder(found)
  }

  /** The messages that `read` makes from the names in each folder, with their states. Throws as `first`. */
  async withStates<Message extends Lying>(
    read: (listing: Listing) => readonly Message[],
    judge: Judge,
  ): Promise<Stated<Message>[]> {
    const found: Stated<Message>[] = []
    for (const inbox of this.inboxes) {
      for (const listing of this.#listingsOf(inbox)) {
        const { place, folder, names } = listing
        const messages = read(listing)
        const waiting = place === 'inbox' ? new Set(await stillWaiting(messages, folder, judge)) : undefined
        const takes = place === 'inbox' ? await takesByName(folder, names) : undefined
        for (const message of messages) {
          const isWaiting = waiting?.has(message)
          const taken = isWaiting ? takes?.get(message.name) : undefined
          if (taken !== undefined) found.push({ message, inbox, state: 'taken', taken })
          else if (isWaiting) found.push({ message, inbox, state: 'waiting' })
          else found.push({ message, inbox, state: place === 'inbox' ? 'released' : place })
        }
      }
    }
    return found
  }

  #listingsOf({ folder }: Inbox): Generator<Listing> {
    return listInbox(folder, (inbox) => this.namesIn(inbox))
  }
}

/** The takes that count in an inbox, by the message's name. `names` are all in the inbox. */
export async function takesByName(
  inbox: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Take> | undefined> {
  if (!haveTakes(names)) return undefined
  const { takesIn } = await import('./takes')
  return new Map(takesIn(inbox, Date.now()).map((take) => [take.name, take]))
}
