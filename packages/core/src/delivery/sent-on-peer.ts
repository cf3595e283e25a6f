import type { Context } from '../command/context'
import { MOVED_FOLDERS } from '../message/done-name'
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
  const command = await RemoteCommand.make('sent', [sender, pattern, ...placed.map(({ inbox }) => inbox)])
  const result = await reach(peer, command, PATIENCE, env)
  const lines = command.answersIn(result.stdout)
  // One line for each message, and one more for each moved message.
  if (lines.at(-1) === 'end' && lines.length > 2 * MOST_MESSAGES)
    return { problem: `it lists more than ${MOST_MESSAGES} messages` }
  if (lines.at(-1) === 'end') return { inboxes: readAnswer(lines, peer, placed) }
  return { problem: reachProblem(result, command, 'no answer in time') ?? 'its answer is not complete' }
}

/** An inbox from the answer while it is being read. */
interface Listing {
  readonly to: string
  readonly seen: Seen[]
  /** The index in `seen` of each message in `done/` or `aside/`, by its path in the inbox. */
  readonly movedPlaces: Map<string, number>
}

function readAnswer(lines: readonly string[], peer: Peer, placed: readonly PlacedProject[]): SeenInbox[] {
  const inboxes: Listing[] = []
  for (const line of lines) {
    const inbox = inboxes.at(-1)
    const project = projectIn(line, placed)
    if (project !== undefined)
      inboxes.push({ to: `${peer.name}.${project}`, seen: [], movedPlaces: new Map() })
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

function readLine(line: string, { seen, movedPlaces }: Listing): void {
  const [, seconds, movedPath = ''] = /^moved (\d{1,12}) ((?:done|aside)\/[^/]+)$/.exec(line) ?? []
  if (seconds !== undefined) {
    const place = movedPlaces.get(movedPath) ?? -1
    const message = seen[place]
    if (message !== undefined) seen[place] = { ...message, movedAt: Number(seconds) * 1000 }
    return
  }
  const [kind, path = '', conversation, type, timestamp, sequence, title, ...more] = line.split('\t')
  const [, folder, name = ''] = /^(\.|done|aside)\/([^/]+)$/.exec(path) ?? []
  if (kind !== 'message' || title === undefined || more.length > 0 || !conversation || folder === undefined)
    return
  if (!isMessageName(name) || CONTROL_CHARACTER.test(name)) return
  const moved = MOVED_FOLDERS.find((place) => place === folder)
  if (moved !== undefined && !isStamped(name)) return
  if (moved !== undefined) movedPlaces.set(path, seen.length)
  seen.push({
    name,
    conversation,
    type: type ?? '',
    timestamp: timestamp ?? '',
    sequence: sequence ?? '',
    title,
    moved,
  })
}
