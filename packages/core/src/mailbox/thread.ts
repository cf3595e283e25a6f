import { listNamesIfReadable } from '../fs/folder'
import { projectInAddress } from '../message/address'
import { DONE_FOLDER, mayBelongTo, nameBeforeDone } from '../message/done-name'
import type { Header } from '../message/header'
import { readFileHead } from '../message/message-head'
import { isVisibleMessage, senderInName } from '../message/message-name'
import { parseTimestamp } from '../message/timestamp'
import type { Inbox } from '../project/local-inboxes'
import { compareText, parseInteger } from '../text/python-text'
import { toPath } from '../text/raw-name'
import { namesInDone } from './done-folder'
import type { Judge } from './judge'
import { stillWaiting } from './next-message'

/** A message of a conversation. What its header says is unverified. */
export interface ThreadMessage {
  readonly path: string
  readonly name: string
  /** The project in whose inbox it lies. */
  readonly project: string
  /** FROM, else the sender in the file name; undefined where neither tells. */
  readonly from: string | undefined
  readonly header: Header
  /** Milliseconds since the epoch: by TIMESTAMP, else when the file was written. */
  readonly moment: number
  readonly sequence: bigint | undefined
  readonly state: 'waiting' | 'done' | 'released'
}

/**
 * The messages of a conversation in these inboxes and their `done/`, by the time at which they were written (contract
 * C7). A stamped name ends with its conversation: of the others every head is read.
 */
export async function readThread(
  conversation: string,
  inboxes: readonly Inbox[],
  judge: Judge,
): Promise<ThreadMessage[]> {
  const messages: ThreadMessage[] = []
  for (const inbox of inboxes) messages.push(...(await messagesIn(conversation, inbox, judge)))
  return messages.sort(
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

async function messagesIn(
  conversation: string,
  { folder, project }: Inbox,
  judge: Judge,
): Promise<ThreadMessage[]> {
  const inbox = folder.replace(/\/+$/, '')
  const open = headsIn(conversation, inbox, listNamesIfReadable(inbox))
  const waiting = new Set(await stillWaiting(open, inbox, judge))
  const done = headsIn(conversation, `${inbox}/${DONE_FOLDER}`, namesInDone(inbox))
  return [
    ...open.map((found) => messageOf(found, project, waiting.has(found) ? 'waiting' : 'released')),
    ...done.map((found) => messageOf(found, project, 'done')),
  ]
}

/** A message file of the conversation, with what its state depends on. */
interface Found {
  readonly path: string
  readonly name: string
  readonly header: Header
  readonly modified: number
  readonly size: number
  readonly from: string | undefined
  readonly conversation: string | undefined
  readonly timestamp: string
  readonly type: string
}

function headsIn(conversation: string, folder: string, all: readonly string[]): Found[] {
  const names = all.filter((name) => isVisibleMessage(name) && mayBelongTo(name, conversation))
  return names.flatMap((name) => headOf(conversation, `${folder}/${name}`, name) ?? [])
}

function headOf(conversation: string, path: string, name: string): Found | undefined {
  try {
    const { stats, header } = readFileHead(toPath(path))
    if (header?.get('CONVERSATION_ID') !== conversation) return undefined
    const timestamp = header.get('TIMESTAMP') ?? ''
    const type = header.get('MESSAGE_TYPE') ?? ''
    // As for all who ask what waits: no release answers a header that is not whole.
    const isWhole = timestamp !== '' && type !== ''
    const { mtimeMs: modified, size } = stats
    const common = { path, name, header, modified, size, from: header.get('FROM'), timestamp, type }
    return { ...common, conversation: isWhole ? conversation : undefined }
  } catch {
    // It has vanished, or cannot be read.
    return undefined
  }
}

function messageOf(
  { path, name: placed, header, modified, conversation = '', timestamp }: Found,
  project: string,
  state: ThreadMessage['state'],
): ThreadMessage {
  const name = state === 'done' ? nameBeforeDone(placed, conversation) : placed
  return {
    path,
    name,
    project,
    from: header.get('FROM') ?? senderInName(name, conversation),
    header,
    moment: parseTimestamp(timestamp) ?? modified,
    sequence: parseInteger(header.get('SEQUENCE') ?? ''),
    state,
  }
}

function compareSequences(a: bigint | undefined, b: bigint | undefined): number {
  if (a === undefined || b === undefined) return 0
  return a < b ? -1 : a > b ? 1 : 0
}
