import { pendingMessages, RELEASE } from '../mailbox/pending'
import type { Take } from '../mailbox/takes'
import { type MovedFolder, nameBeforeDone } from '../message/done-name'
import { secondInName, senderInName } from '../message/message-name'
import { parseTimestamp } from '../message/timestamp'

/** The state of a message at its receiver, from its file or the peer: not verified. */
export interface Seen {
  readonly name: string
  readonly conversation: string
  readonly type: string
  readonly timestamp: string
  readonly sequence: string
  readonly title: string
  /** The folder that it was moved to. Undefined if it lies in the inbox. */
  readonly moved?: MovedFolder | undefined
  /** Whether a valid release answers it, if that was checked (contract B51). */
  readonly isReleased?: boolean | undefined
  /** Milliseconds since the epoch; undefined if unknown. */
  readonly movedAt?: number | undefined
  /** When it came into the inbox, in milliseconds since the epoch. Undefined if unknown, or if it was moved. */
  readonly arrived?: number | undefined
  /** Who has taken it, if that is known (contract C21). */
  readonly taken?: Take | undefined
  /** Its file, if on this machine: two messages may have had one name (contract B52). */
  readonly file?: string | undefined
}

/** An inbox with all messages that a project sent there, and the releases beside them. */
export interface SeenInbox {
  /** `<machine>.<project>`. */
  readonly to: string
  readonly seen: readonly Seen[]
  /** When anybody last took anything there, in milliseconds since the epoch; undefined if nothing shows it. */
  readonly lastTaken?: number | undefined
}

/** A message that came back to the project: a candidate for an answer. */
export interface Answer {
  readonly name: string
  readonly conversation: string
  readonly timestamp: string
  readonly inReplyTo: string | undefined
  /** `<machine>.<project>` in its FROM. */
  readonly from: string | undefined
}

export type Stage = 'kept here' | 'waits' | 'taken' | 'done' | 'aside' | 'released' | 'answered'

/** A message that a project sent, and its state (contract C18). */
export interface Sent {
  readonly to: string
  readonly name: string
  readonly conversation: string
  readonly sequence: string
  readonly title: string
  readonly stage: Stage
  /** Milliseconds since the epoch; undefined if unknown. */
  readonly since: number | undefined
  /** Only of what is taken. */
  readonly taken?: Take
  /** Only of what waits: when it came, if nobody has taken anything there since. In milliseconds since the epoch. */
  readonly untouchedSince?: number
  /** Distinguishes it from another message of that name. */
  readonly identity: string
}

/** The state of `sender`'s messages in an inbox. An answer takes precedence over done, aside and released. */
export function sentTo(inbox: SeenInbox, sender: string, answers: readonly Answer[]): Sent[] {
  const { to, seen, lastTaken } = inbox
  // Releases on a peer are not verified: one counts for messages with the same sender in the file name.
  const lying = seen.filter(
    ({ moved, type, name, conversation }) =>
      moved === undefined && (type !== RELEASE || senderInName(name, conversation) === sender),
  )
  const waiting = new Set(pendingMessages(lying))
  const found = new Map<string, Sent>()
  for (const message of seen) {
    const { conversation, sequence, title } = message
    const { moved } = message
    const name = moved !== undefined ? nameBeforeDone(message.name, conversation) : message.name
    if (senderInName(name, conversation) !== sender) continue
    const identity = identityOf(message, name)
    // For a moment it is in both folders: then it is done, but does not lie aside yet.
    if (found.has(identity) && moved !== 'done') continue
    const isWaiting = message.isReleased === undefined ? waiting.has(message) : !message.isReleased
    const state = isWaiting
      ? waits(name, message, lastTaken)
      : (movedState(message) ?? released(message, lying))
    const answer = answerTo({ ...message, name }, to, answers)
    found.set(identity, { to, name, conversation, sequence, title, identity, ...(answer ?? state) })
  }
  return [...found.values()]
}

/** Only the name and header of a peer's file are known. */
function identityOf({ file, sequence, timestamp, title }: Seen, name: string): string {
  return file ?? JSON.stringify([name, sequence, timestamp, title])
}

/** Messages that were answered by name and no longer exist, or are on a peer that is not reached. */
export function answeredElsewhere(
  answers: readonly Answer[],
  sender: string,
  isKnown: (name: string) => boolean,
): Sent[] {
  const found = new Map<string, Sent>()
  for (const { name, conversation, inReplyTo, from } of answers) {
    if (inReplyTo === undefined || found.has(inReplyTo) || isKnown(inReplyTo)) continue
    const receiver = senderInName(name, conversation)
    if (receiver === undefined || senderInName(inReplyTo, conversation) !== sender) continue
    const shared = { name: inReplyTo, conversation, sequence: '?', title: '', stage: 'answered' } as const
    found.set(inReplyTo, { ...shared, to: from ?? receiver, since: secondInName(name), identity: inReplyTo })
  }
  return [...found.values()]
}

type State = Pick<Sent, 'stage' | 'since' | 'taken' | 'untouchedSince'>

function waits(name: string, { taken, arrived }: Seen, lastTaken: number | undefined): State {
  if (taken !== undefined) return { stage: 'taken', since: taken.since, taken }
  const since = secondInName(name)
  if (arrived === undefined || (lastTaken !== undefined && lastTaken >= arrived))
    return { stage: 'waits', since }
  // The clock of a peer may be wrong. The name is by the sender's own, but a kept message comes later than it says.
  return { stage: 'waits', since, untouchedSince: Math.max(arrived, since ?? arrived) }
}

function movedState({ moved, movedAt }: Seen): State | undefined {
  return moved && { stage: moved, since: movedAt }
}

/** Released since the first release that answers it; a release is released from the start. */
function released(message: Seen, lying: readonly Seen[]): State {
  const own = parseTimestamp(message.timestamp)
  const times = lying
    .filter(({ type, conversation }) => type === RELEASE && conversation === message.conversation)
    .map(({ timestamp }) => parseTimestamp(timestamp))
    .filter((time) => time !== undefined && (own === undefined || time >= own))
    .map((time) => time ?? 0)
  return { stage: 'released', since: times.length > 0 ? Math.min(...times) : undefined }
}

/**
 * The first answer: a message that names this one, or a later one that names none. It must be in the same conversation,
 * from the project that this one was sent to.
 */
function answerTo(message: Seen, to: string, answers: readonly Answer[]): State | undefined {
  const receiver = to.slice(to.indexOf('.') + 1)
  const own = parseTimestamp(message.timestamp)
  const fitting = answers.filter(({ name, conversation, inReplyTo, timestamp }) => {
    if (conversation !== message.conversation || senderInName(name, conversation) !== receiver) return false
    if (inReplyTo !== undefined) return inReplyTo === message.name
    const time = parseTimestamp(timestamp)
    return own !== undefined && time !== undefined && time > own
  })
  if (fitting.length === 0) return undefined
  const times = fitting.flatMap(({ name }) => secondInName(name) ?? [])
  return { stage: 'answered', since: times.length > 0 ? Math.min(...times) : undefined }
}
