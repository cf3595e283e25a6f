import type { Context } from '../command/context'
import { MOVED_FOLDERS } from '../message/done-name'
import { headerOfMessage } from '../message/message-head'
import { isMessageName, isStamped } from '../message/message-name'
import type { Peer } from '../peers/peers-file'
import { reach, reachProblem } from '../peers/reach'
import { RemoteCommand } from '../peers/remote-command'
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

/** A sender's messages on a peer, or why the peer did not report them. */
export type PeerAnswer = { readonly inboxes: readonly SeenInbox[] } | { readonly problem: string }

/** Asks a peer with one ssh (contract C18). Its answer is untrusted and parsed strictly. */
export async function inboxesOnPeer(
  peer: Peer,
  sender: string,
  placed: readonly PlacedProject[],
  { env }: Context,
): Promise<PeerAnswer> {
  const pattern = sender.replace(/[\\*?[\]]/g, '\\$&')
  const command = await RemoteCommand.make('sent', [pattern, ...placed.map(({ inbox }) => inbox)])
  const result = await reach(peer, command, PATIENCE, env)
  const lines = command.answersIn(result.stdout)
  // One line for each message, and one more for each moved message.
  if (lines.at(-1) === 'end' && lines.length > 2 * MOST_MESSAGES)
    return { problem: `it lists more than ${MOST_MESSAGES} messages` }
  if (lines.at(-1) === 'end')
    return { inboxes: readAnswer(command.answersWithTexts(result.stdout), peer, placed) }
  return { problem: reachProblem(result, command, 'no answer in time') ?? 'its answer is not complete' }
}

/** An inbox from the answer while it is being read. */
interface Listing {
  readonly to: string
  readonly seen: Seen[]
  /** The index in `seen` of each message in `done/` or `aside/`, by its path in the inbox. */
  readonly movedPlaces: Map<string, number>
}

function readAnswer(
  answers: ReturnType<RemoteCommand['answersWithTexts']>,
  peer: Peer,
  placed: readonly PlacedProject[],
): SeenInbox[] {
  const inboxes: Listing[] = []
  for (const { answer, text } of answers) {
    const inbox = inboxes.at(-1)
    const project = projectIn(answer, placed)
    if (project !== undefined)
      inboxes.push({ to: `${peer.name}.${project}`, seen: [], movedPlaces: new Map() })
    else if (inbox !== undefined && !tellsTime(answer, inbox)) tellMessage(answer, text, inbox)
  }
  return inboxes
}

function projectIn(line: string, placed: readonly PlacedProject[]): string | undefined {
  const [, place] = /^inbox placed (\d+)$/.exec(line) ?? []
  if (place !== undefined) return placed[Number(place)]?.project
  const [, project] = /^inbox usual ([^/]+)$/.exec(line) ?? []
  return project
}

/** When a message was moved to `done/` or `aside/`. False for other answers. */
function tellsTime(answer: string, { seen, movedPlaces }: Listing): boolean {
  const [, seconds, path = ''] = /^moved (\d{1,12}) ((?:done|aside)\/[^/]+)$/.exec(answer) ?? []
  const place = movedPlaces.get(path) ?? -1
  const message = seen[place]
  if (message !== undefined) seen[place] = { ...message, movedAt: Number(seconds) * 1000 }
  return seconds !== undefined
}

/** A message, with its head: lines down to the end of the header at least. */
function tellMessage(answer: string, head: string, { seen, movedPlaces }: Listing): void {
  const [, folder, name = ''] = /^message (\.|done|aside)\/([^/]+)$/.exec(answer) ?? []
  if (folder === undefined || !isMessageName(name) || CONTROL_CHARACTER.test(name)) return
  const header = headerOfMessage(Buffer.from(head))
  const conversation = header?.get('CONVERSATION_ID')
  if (header === undefined || !conversation) return
  const moved = MOVED_FOLDERS.find((place) => place === folder)
  if (moved !== undefined && !isStamped(name)) return
  if (moved !== undefined) movedPlaces.set(`${folder}/${name}`, seen.length)
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
