import type { Context } from '../command/context'
import { isMessageName, isStamped } from '../message/message-name'
import type { Peer } from '../peers/peers-file'
import { reach, reachProblem } from '../peers/reach'
import { RemoteCommand } from '../peers/remote-command'
import { CONTROL_CHARACTER } from '../text/terminal'
import type { Seen, SeenInbox } from './sent-message'

/** As discover has it for its probe; a large inbox may take longer than that. */
const PATIENCE = { connect: 2, total: 20_000 }
/** Messages of a peer's answer that are read (contract B72). */
const MOST_MESSAGES = 20_000

/** A project that peers.toml gives an inbox of its own place, `~` unexpanded. */
export interface PlacedProject {
  readonly project: string
  readonly inbox: string
}

/** What a peer has of a sender's messages, or why it did not tell. */
export type PeerAnswer = { readonly inboxes: readonly SeenInbox[] } | { readonly problem: string }

/** Asks a peer, by one ssh (contract C18). What it answers is not trusted, and read strictly. */
export async function inboxesOnPeer(
  peer: Peer,
  sender: string,
  placed: readonly PlacedProject[],
  { env }: Context,
): Promise<PeerAnswer> {
  const pattern = sender.replace(/[\\*?[\]]/g, '\\$&')
  const command = await RemoteCommand.make('sent', [sender, pattern, ...placed.map(({ inbox }) => inbox)])
  const result = await reach(peer, command, PATIENCE, env)
  const lines = command.answersIn(result.stdout)
  // A line for each message, and one more for each that was moved.
  if (lines.at(-1) === 'end' && lines.length > 2 * MOST_MESSAGES)
    return { problem: `it lists more than ${MOST_MESSAGES} messages` }
  if (lines.at(-1) === 'end') return { inboxes: readAnswer(lines, peer, placed) }
  return { problem: reachProblem(result, command, 'no answer in time') ?? 'its answer is not complete' }
}

/** An inbox of the answer while it is read. */
interface Listing {
  readonly to: string
  readonly seen: Seen[]
  /** Where in `seen` a message of `done/` is. */
  readonly placesInDone: Map<string, number>
}

function readAnswer(lines: readonly string[], peer: Peer, placed: readonly PlacedProject[]): SeenInbox[] {
  const inboxes: Listing[] = []
  for (const line of lines) {
    const inbox = inboxes.at(-1)
    const project = projectIn(line, placed)
    if (project !== undefined)
      inboxes.push({ to: `${peer.name}.${project}`, seen: [], placesInDone: new Map() })
    else if (inbox !== undefined) readLine(line, inbox)
  }
  return inboxes
}

function projectIn(line: string, placed: readonly PlacedProject[]): string | undefined {
  const [, place] = /^inbox placed (\d+)$/.exec(line) ?? []
  if (place !== undefined) return placed[Number(place)]?.project
  const [, project] = /^inbox usual ([^/]+)$/.exec(line) ?? []
  return project
}

function readLine(line: string, { seen, placesInDone }: Listing): void {
  const [, seconds, movedName = ''] = /^moved (\d{1,12}) done\/([^/]+)$/.exec(line) ?? []
  if (seconds !== undefined) {
    const place = placesInDone.get(movedName) ?? -1
    const message = seen[place]
    if (message !== undefined) seen[place] = { ...message, movedAt: Number(seconds) * 1000 }
    return
  }
  const [kind, path = '', conversation, type, timestamp, sequence, title, ...more] = line.split('\t')
  const [, folder, name = ''] = /^(\.|done)\/([^/]+)$/.exec(path) ?? []
  if (kind !== 'message' || title === undefined || more.length > 0 || !conversation || folder === undefined)
    return
  if (!isMessageName(name) || CONTROL_CHARACTER.test(name)) return
  const isDone = folder === 'done'
  if (isDone && !isStamped(name)) return
  if (isDone) placesInDone.set(name, seen.length)
  seen.push({
    name,
    conversation,
    type: type ?? '',
    timestamp: timestamp ?? '',
    sequence: sequence ?? '',
    title,
    isDone,
  })
}
