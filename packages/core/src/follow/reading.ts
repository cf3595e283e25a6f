import type { Take } from '../mailbox/takes'

/** A message file at its place. Nothing of it is verified, and nothing of its text is kept. */
export interface SeenMessage {
  readonly name: string
  /** Stays the same while the file is moved; another file has another one. */
  readonly file: string
  /** Bytes. */
  readonly size: number
}

/** A message that lies in an inbox itself. */
export interface LyingMessage extends SeenMessage {
  /** Milliseconds since the epoch. */
  readonly modified: number
  /** Whether it is a release. It does not wait, and is not released either. */
  readonly isRelease: boolean
  readonly isReleased: boolean
  /** Only of a message that waits. */
  readonly take: Take | undefined
}

/** What lies in an inbox, by name. */
export interface InboxReading {
  readonly folder: string
  readonly project: string
  /** Changes if another folder takes its place. */
  readonly identity: string
  readonly lying: ReadonlyMap<string, LyingMessage>
  readonly aside: ReadonlyMap<string, SeenMessage>
  /** Undefined: it lay there before anybody looked. */
  readonly done: ReadonlyMap<string, SeenMessage | undefined>
}

/** A message in the outbox. Its name and destination are from our own record. */
export interface OutboxMessage {
  /** The path of the message. */
  readonly path: string
  readonly name: string
  /** `<peer>.<project>`. Empty if the record is damaged. */
  readonly destination: string
  /** Whether it was kept after a failed send. Otherwise its first sender is still trying. */
  readonly isKept: boolean
}

/** A wake that was counted (contract C24). */
export interface SeenWake {
  readonly project: string
  readonly agent: string
  /** The agent's own id. Somebody else chose it. */
  readonly session: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** A conversation that wakes nobody for now. */
export interface SeenHold {
  readonly project: string
  readonly conversation: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

/** What one look at this machine found. A part that has not changed is the same object as in the look before. */
export interface Reading {
  /** By folder. */
  readonly inboxes: ReadonlyMap<string, InboxReading>
  /** By the identity of the entry's folder, which stays when the entry is renamed. */
  readonly outbox: ReadonlyMap<string, OutboxMessage>
  /** The reason of HALT; undefined if it is not set. */
  readonly halt: string | undefined
  readonly wakes: ReadonlyMap<string, SeenWake>
  readonly holds: ReadonlyMap<string, SeenHold>
}

export const NOTHING: Reading = {
  inboxes: new Map(),
  outbox: new Map(),
  halt: undefined,
  wakes: new Map(),
  holds: new Map(),
}
