import { joinPath } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import { projectInAddress } from '../message/address'
import { mayBelongTo, nameBeforeDone } from '../message/done-name'
import type { Header } from '../message/header'
import { headIfReadable } from '../message/message-head'
import { isMessageName, isVisibleMessage, senderInName } from '../message/message-name'
import { parseTimestamp } from '../message/timestamp'
import type { Inbox } from '../project/projects'
import { compareText, parseInteger } from '../text/python-text'
import type { Judge, Lying } from './judge'
import type { Listing } from './listing'
import { Mailbox, type State, type Stated } from './mailbox'
import type { Take } from './takes'

/** A message of a conversation. Its header is unverified. */
export interface ThreadMessage {
  readonly path: string
  readonly name: string
  /** The project whose inbox holds it. */
  readonly project: string
  /** FROM, else the sender in the file name; undefined if neither exists. */
  readonly from: string | undefined
  readonly header: Header
  /** Milliseconds since the epoch: TIMESTAMP, else the file's modification time. */
  readonly moment: number
  readonly sequence: bigint | undefined
  readonly state: State
  readonly taken: Take | undefined
}

/**
 * The messages of a conversation in these inboxes, their `done/` and `aside/`, by the time they were written (contract
 * C7). A stamped name ends with its conversation: every head is read only for other names.
 */
export async function readThread(
  conversation: string,
  inboxes: readonly Inbox[],
  judge: Judge,
): Promise<ThreadMessage[]> {
  return readMessages((listing) => headsIn(conversation, listing), inboxes, judge)
}

/** All messages in these inboxes, their `done/` and `aside/`, in the same order (contract C32). */
export function readEveryMessage(inboxes: readonly Inbox[], judge: Judge): Promise<ThreadMessage[]> {
  return readMessages(allHeadsIn, inboxes, judge)
}

async function readMessages(
  read: (listing: Listing) => readonly Found[],
  inboxes: readonly Inbox[],
  judge: Judge,
): Promise<ThreadMessage[]> {
  const mailbox = new Mailbox(
    inboxes.map(({ folder, project }) => ({ folder: folder.replace(/\/+$/, ''), project })),
  )
  const found = await mailbox.withStates(read, judge)
  return found
    .map(messageOf)
    .sort(
      (a, b) =>
        a.moment - b.moment ||
        compareSequences(a.sequence, b.sequence) ||
        compareText(a.name, b.name) ||
        compareText(a.project, b.project),
    )
}

/** Whether a message came to a project or from it. */
export function concerns({ project, from, name, header }: ThreadMessage, wanted: string): boolean {
  const sender = senderInName(name, header.get('CONVERSATION_ID') ?? '')
  return project === wanted || sender === wanted || projectInAddress(from ?? '') === wanted
}

/** A message file of the conversation, with the facts that its state depends on. */
interface Found extends Lying {
  readonly path: string
  readonly header: Header
  readonly modified: number
}

function headsIn(conversation: string, { folder, names }: Listing): Found[] {
  const fitting = names.filter((name) => isVisibleMessage(name) && mayBelongTo(name, conversation))
  return fitting
    .flatMap((name) => headOf(`${folder}/${name}`, name) ?? [])
    .filter(({ header }) => header.get('CONVERSATION_ID') === conversation)
}

function allHeadsIn({ folder, names }: Listing): Found[] {
  return names.filter(isVisibleMessage).flatMap((name) => headOf(`${folder}/${name}`, name) ?? [])
}

/** Undefined if it has vanished, or is no file that can be read. */
function headOf(path: string, name: string): Found | undefined {
  const head = headIfReadable(path)
  if (head === undefined || !head.stats.isFile()) return undefined
  const header = head.header ?? new Map<string, string>()
  const timestamp = header.get('TIMESTAMP') ?? ''
  const type = header.get('MESSAGE_TYPE') ?? ''
  // The rule for all waiting messages: no release answers an incomplete header.
  const isWhole = timestamp !== '' && type !== ''
  const { mtimeMs: modified, size } = head.stats
  const common = { path, name, header, modified, size, from: header.get('FROM'), timestamp, type }
  return { ...common, conversation: isWhole ? header.get('CONVERSATION_ID') : undefined }
}

function messageOf({ message, state, inbox, taken }: Stated<Found>): ThreadMessage {
  const { path, name: placed, header, modified, conversation = '', timestamp } = message
  const isMoved = state === 'done' || state === 'aside'
  const name = isMoved ? nameBeforeDone(placed, conversation) : placed
  return {
    path,
    name,
    project: inbox.project,
    from: header.get('FROM') ?? senderInName(name, conversation),
    header,
    moment: parseTimestamp(timestamp) ?? modified,
    sequence: parseInteger(header.get('SEQUENCE') ?? ''),
    state,
    taken,
  }
}

/** The most heads read for a suggestion. */
const MOST = 5000

/** The conversations in these inboxes, their `done/` and `aside/`, whose names are most similar to this one. */
export async function nearestConversations(
  conversation: string,
  inboxes: readonly Inbox[],
): Promise<string[]> {
  const { nearestNames } = await import('../text/nearest')
  const paths = [...new Mailbox(inboxes).listings()].flatMap(({ folder, names }) =>
    names.filter(isMessageName).map((name) => joinPath(folder, name)),
  )
  const known = new Set(
    paths.slice(0, MOST).flatMap((path) => headIfReadable(path)?.header?.get('CONVERSATION_ID') ?? []),
  )
  known.delete(conversation)
  return nearestNames(conversation, known)
}

function compareSequences(a: bigint | undefined, b: bigint | undefined): number {
  if (a === undefined || b === undefined) return 0
  return a < b ? -1 : a > b ? 1 : 0
}

/** Numbers that no message has: first and last are included. */
export interface Gap {
  readonly first: bigint
  readonly last: bigint
}

/** Different messages with one number: two sides wrote at the same time, or one did not know the other's message. */
export interface Fork {
  readonly sequence: bigint
  readonly messages: readonly ThreadMessage[]
}

/** The most messages of one number that are compared with each other. */
const MOST_ALIKE = 50

/** The missing numbers between 1 and the highest. Those before the first may be on another machine. */
export function gapsIn(messages: readonly ThreadMessage[]): Gap[] {
  const known = messages.flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]))
  const sorted = [...new Set(known)].sort((a, b) => (a < b ? -1 : 1))
  const gaps: Gap[] = []
  let next = 1n
  for (const sequence of sorted) {
    if (sequence > next) gaps.push({ first: next, last: sequence - 1n })
    if (sequence >= next) next = sequence + 1n
  }
  return gaps
}

/**
 * The numbers that several messages have. Identical copies of a resent message count once, and so does a message to
 * several projects, which differs in TO only (contract C29).
 */
export function forksIn(messages: readonly ThreadMessage[]): Fork[] {
  const groups = new Map<bigint, ThreadMessage[]>()
  for (const message of messages) {
    if (message.sequence === undefined) continue
    const group = groups.get(message.sequence)
    if (group === undefined) groups.set(message.sequence, [message])
    else group.push(message)
  }
  return [...groups].flatMap(([sequence, group]) => {
    const different = group.length < 2 ? group : withoutCopies(group.slice(0, MOST_ALIKE))
    return different.length < 2 ? [] : [{ sequence, messages: different }]
  })
}

function withoutCopies(messages: readonly ThreadMessage[]): ThreadMessage[] {
  const seen: Buffer[] = []
  return messages.filter(({ path }) => {
    const bytes = bytesAt(path)
    if (bytes === undefined) return true
    const text = withoutReceiver(bytes)
    if (seen.some((other) => other.equals(text))) return false
    seen.push(text)
    return true
  })
}

/** The bytes of a message without the TO line of its header. */
function withoutReceiver(bytes: Buffer): Buffer {
  const start = bytes.indexOf('\n#+TO: ') + 1
  const end = bytes.indexOf('\n', start) + 1
  if (start === 0 || end === 0 || bytes.subarray(0, start).includes('\n\n')) return bytes
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])
}

function bytesAt(path: string): Buffer | undefined {
  try {
    return takeSnapshot(path).bytes
  } catch {
    return undefined
  }
}
