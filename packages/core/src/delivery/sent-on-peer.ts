import type { Context } from '../command/context'
import { contentOf } from '../mailbox/take-file'
import { MOVED_FOLDERS } from '../message/done-name'
import { headerOfMessage } from '../message/message-head'
import { globWord, isMessageName, isStamped } from '../message/message-name'
import type { Peer } from '../peers/peers-file'
import { type Patience, reach, reachProblem } from '../peers/reach'
import { RemoteCommand } from '../peers/remote-command'
import type { ExecOptions } from '../programs/exec'
import { CONTROL_CHARACTER } from '../text/terminal'
import type { Seen, SeenInbox } from './sent-message'

/** The connect limit is the same as for discover's probe; a large inbox may take longer in total. */
const PATIENCE = { connect: 2, total: 20_000 }
/** The most messages read from a peer's answer (contract B72). */
const MOST_MESSAGES = 20_000

/** A project with its own inbox path in peers.toml, `~` unexpanded. */
export interface PlacedProject {
  readonly project: string
  readonly inbox: string
}

/** What ends the wait for a peer's answer. */
type Limits = Pick<ExecOptions, 'interruption' | 'isHalted'> & { readonly patience?: Patience }

/** A sender's messages on a peer, or why the peer did not report them. */
export type PeerAnswer = { readonly inboxes: readonly SeenInbox[] } | { readonly problem: string }

/** Asks a peer with one ssh (contract C18). Its answer is untrusted and parsed strictly. */
export async function inboxesOnPeer(
  peer: Peer,
  sender: string,
  placed: readonly PlacedProject[],
  { env, now }: Pick<Context, 'env' | 'now'>,
  { patience = PATIENCE, ...stops }: Limits = {},
): Promise<PeerAnswer> {
  const command = await RemoteCommand.make('sent', [globWord(sender), ...placed.map(({ inbox }) => inbox)])
  const result = await reach(peer, command, patience, env, stops)
  const lines = command.answersIn(result.stdout)
  // Two lines for each message.
  if (lines.at(-1) === 'end' && lines.length > 2 * MOST_MESSAGES)
    return { problem: `it lists more than ${MOST_MESSAGES} messages` }
  if (lines.at(-1) === 'end')
    return { inboxes: readAnswer(command.answersWithTexts(result.stdout), peer, placed, now()) }
  return { problem: reachProblem(result, command, 'no answer in time') ?? 'its answer is not complete' }
}

/** An inbox from the answer while it is being read. */
interface Listing {
  readonly to: string
  readonly seen: Seen[]
  /** The index in `seen` of each message, by its path in the inbox, as `./NAME` or `done/NAME`. */
  readonly places: Map<string, number>
  lastTaken?: number
}

function readAnswer(
  answers: ReturnType<RemoteCommand['answersWithTexts']>,
  peer: Peer,
  placed: readonly PlacedProject[],
  now: number,
): SeenInbox[] {
  const inboxes: Listing[] = []
  for (const { answer, text } of answers) {
    const inbox = inboxes.at(-1)
    const project = projectIn(answer, placed)
    if (project !== undefined) inboxes.push({ to: `${peer.name}.${project}`, seen: [], places: new Map() })
    else if (inbox === undefined) continue
    else if (answer === 'take') tellTake(text, inbox, now)
    else if (!tellsTime(answer, inbox)) tellMessage(answer, text, inbox)
  }
  return inboxes
}

function projectIn(line: string, placed: readonly PlacedProject[]): string | undefined {
  const [, place] = /^inbox placed (\d+)$/.exec(line) ?? []
  if (place !== undefined) return placed[Number(place)]?.project
  const [, project] = /^inbox usual ([^/]+)$/.exec(line) ?? []
  return project
}

/** When a message was moved, or came, or anybody last took anything. False for other answers. */
function tellsTime(answer: string, inbox: Listing): boolean {
  const [, taken] = /^touched (\d{1,12})$/.exec(answer) ?? []
  if (taken !== undefined) inbox.lastTaken = Math.max(inbox.lastTaken ?? 0, Number(taken) * 1000)
  const [, seconds, path = ''] = /^changed (\d{1,12}) ((?:\.|done|aside)\/[^/]+)$/.exec(answer) ?? []
  const { seen, places } = inbox
  const place = places.get(path) ?? -1
  const message = seen[place]
  const time = Number(seconds) * 1000
  if (message !== undefined)
    seen[place] = { ...message, ...(message.moved === undefined ? { arrived: time } : { movedAt: time }) }
  return taken !== undefined || seconds !== undefined
}

/** A take that the peer did not find to be over (contract C21). Its messages were told of before. */
function tellTake(text: string, { seen, places }: Listing, now: number): void {
  // One that only waits for an answer holds no message.
  const content = contentOf(`${text.trimEnd()}\n`, false)
  if (content === undefined || content.isPending || now >= content.until) return
  const { by, process, conversation, until } = content
  for (const { name, since } of content.messages) {
    const place = places.get(`./${name}`) ?? -1
    const message = seen[place]
    const taken = { inbox: '', name, conversation, by, since, until, process }
    if (message !== undefined) seen[place] = { ...message, taken }
  }
}

/** A message, with its head: lines down to the end of the header at least. */
function tellMessage(answer: string, head: string, { seen, places }: Listing): void {
  const [, folder, name = ''] = /^message (\.|done|aside)\/([^/]+)$/.exec(answer) ?? []
  if (folder === undefined || !isMessageName(name) || CONTROL_CHARACTER.test(name)) return
  const header = headerOfMessage(Buffer.from(head))
  const conversation = header?.get('CONVERSATION_ID')
  if (header === undefined || !conversation) return
  const moved = MOVED_FOLDERS.find((place) => place === folder)
  if (moved !== undefined && !isStamped(name)) return
  places.set(`${folder}/${name}`, seen.length)
  const field = (key: string) => header.get(key) ?? ''
  seen.push({
    name,
    conversation,
    type: field('MESSAGE_TYPE'),
    timestamp: field('TIMESTAMP'),
    sequence: field('SEQUENCE'),
    title: field('TITLE'),
    moved,
  })
}
