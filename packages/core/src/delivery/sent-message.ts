import { pendingMessages, RELEASE } from '../mailbox/pending'
import { nameBeforeDone } from '../message/done-name'
import { secondInName, senderInName } from '../message/message-name'
import { parseTimestamp } from '../message/timestamp'

/** What a message is at its receiver, as its file or the peer tells it: not verified. */
export interface Seen {
  readonly name: string
  readonly conversation: string
  readonly type: string
  readonly timestamp: string
  readonly sequence: string
  readonly title: string
  /** It lies in done/, since then if that is known: milliseconds since the epoch. */
  readonly isDone: boolean
  /** Whether a release that counts answers it, where that was looked at (contract B51). */
  readonly isReleased?: boolean | undefined
  readonly movedAt?: number | undefined
  /** Its file, where that lies on this machine: two messages may have had one name (contract B52). */
  readonly file?: string | undefined
}

/** An inbox with all that a project sent there, and the releases beside it. */
export interface SeenInbox {
  /** `<machine>.<project>`. */
  readonly to: string
  readonly seen: readonly Seen[]
}

/** What came back to the project: candidates for answers. */
export interface Answer {
  readonly name: string
  readonly conversation: string
  readonly timestamp: string
  readonly inReplyTo: string | undefined
  /** `<machine>.<project>` that it says it is from. */
  readonly from: string | undefined
}

export type Stage = 'kept here' | 'waits' | 'done' | 'released' | 'answered'

/** A message that a project sent and what became of it (contract C18). */
export interface Sent {
  readonly to: string
  readonly name: string
  readonly conversation: string
  readonly sequence: string
  readonly title: string
  readonly stage: Stage
  /** Milliseconds since the epoch; undefined where it is not known. */
  readonly since: number | undefined
  /** What tells it from another message of that name. */
  readonly identity: string
}

/** What became of the messages of `sender` in an inbox. An answer says more than that its message is done or released. */
export function sentTo(inbox: SeenInbox, sender: string, answers: readonly Answer[]): Sent[] {
  const { to, seen } = inbox
  // Nobody verifies a release on a peer: there it counts for what has the same sender in its file name.
  const lying = seen.filter(
    ({ isDone, type, name, conversation }) =>
      !isDone && (type !== RELEASE || senderInName(name, conversation) === sender),
  )
  const waiting = new Set(pendingMessages(lying))
  const found = new Map<string, Sent>()
  for (const message of seen) {
    const { conversation, sequence, title } = message
    const name = message.isDone ? nameBeforeDone(message.name, conversation) : message.name
    if (senderInName(name, conversation) !== sender) continue
    const identity = identityOf(message, name)
    // For a moment it is in both: then it is done.
    if (found.has(identity) && !message.isDone) continue
    const isWaiting = message.isReleased === undefined ? waiting.has(message) : !message.isReleased
    const state = isWaiting ? waits(name) : message.isDone ? done(message) : released(message, lying)
    const answer = answerTo({ ...message, name }, to, answers)
    found.set(identity, { to, name, conversation, sequence, title, identity, ...(answer ?? state) })
  }
  return [...found.values()]
}

/** Of a peer's file nothing is known but its name and its header. */
function identityOf({ file, sequence, timestamp, title }: Seen, name: string): string {
  return file ?? JSON.stringify([name, sequence, timestamp, title])
}

/** What was answered by name and lies nowhere any more, or on a peer that is not reached. */
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

type State = Pick<Sent, 'stage' | 'since'>

function waits(name: string): State {
  return { stage: 'waits', since: secondInName(name) }
}

function done({ movedAt }: Seen): State {
  return { stage: 'done', since: movedAt }
}

/** Since the first release that answers it; a release is itself released from the start. */
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
 * The first answer: one that names the message, or, from a sender whose messages name none, a later one of the same
 * conversation from the project that it was sent to.
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
