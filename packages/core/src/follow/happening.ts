import type { Take } from '../mailbox/takes'
import type { OutboxMessage, SeenHold, SeenWake } from './reading'

/** What can happen to a message in an inbox. `waits` is not a change: it waited when the first look was made. */
export type MessageEvent = 'waits' | 'arrived' | 'taken' | 'put back' | 'done' | 'aside' | 'released' | 'gone'

/** Something that happened to a message. */
export interface MessageHappening {
  readonly event: MessageEvent
  readonly project: string
  readonly inbox: string
  /** Where it lies now; where it lay, if it is gone. */
  readonly path: string
  /** Stays the same while the file is moved. */
  readonly file: string
  /** Who has taken it; for `put back`, who had taken it, if anybody had. */
  readonly take?: Take
}

/** Something that happened to a message in the outbox. `sending`: it has just come there. */
export interface OutboxHappening {
  readonly event: 'sending' | 'sent' | 'kept'
  /** Names the message in all its happenings. */
  readonly entry: string
  readonly message: OutboxMessage
}

/** Something that happened on this machine (contract C31). */
export type Happening =
  | MessageHappening
  | OutboxHappening
  | { readonly event: 'halted'; readonly reason: string }
  | { readonly event: 'resumed' }
  | ({ readonly event: 'woken' } & SeenWake)
  | ({ readonly event: 'quiet' } & SeenHold)
