import { joinPath } from '../fs/paths'
import type { Place } from '../mailbox/listing'
import { inOrder } from '../mailbox/next-message'
import type { Take } from '../mailbox/takes'
import type { MovedFolder } from '../message/done-name'
import type { MessageEvent, MessageHappening } from './happening'
import { Moves } from './moves'
import type { InboxReading, LyingMessage, SeenMessage } from './reading'

/** The messages that wait in an inbox, in the order to handle them. */
export function waitingIn(inbox: InboxReading): MessageHappening[] {
  return inOrder([...inbox.lying.values()])
    .filter(({ isRelease, isReleased }) => !isRelease && !isReleased)
    .map((message) => happening('waits', inbox, 'inbox', message, message.take))
}

/** What happened in an inbox. `before` is undefined if there was none. */
export function changesIn(before: InboxReading | undefined, after: InboxReading): MessageHappening[] {
  const known = before ?? { ...after, lying: new Map(), aside: new Map(), done: new Map() }
  const moves = new Moves(known, after)
  const found: MessageHappening[] = []
  for (const message of inOrder(newIn(known.lying, after.lying))) found.push(...comes(message, moves, after))
  for (const message of after.lying.values()) {
    const earlier = known.lying.get(message.name)
    if (earlier?.file === message.file) found.push(...changes(earlier, message, after))
  }
  for (const place of ['aside', 'done'] as const)
    for (const message of newIn(known[place], after[place]))
      found.push(...isMoved(message, place, moves, after))
  // Another folder may have come under that name. What was in the first one has not left it.
  const gone = known.identity === after.identity ? moves.gone() : []
  return [...gone.map((message) => happening('gone', after, message.place, message)), ...found]
}

/** A message that has come into the inbox itself. */
function comes(message: LyingMessage, moves: Moves, inbox: InboxReading): MessageHappening[] {
  const { isReleased, take } = message
  const from = moves.comesFrom(message, 'inbox')
  // It was renamed.
  if (from === 'inbox') return []
  return [
    happening(from === undefined ? 'arrived' : 'put back', inbox, 'inbox', message),
    ...(take === undefined ? [] : [happening('taken', inbox, 'inbox', message, take)]),
    ...(isReleased ? [happening('released', inbox, 'inbox', message)] : []),
  ]
}

/** A message that has stayed where it was. */
function changes(before: LyingMessage, after: LyingMessage, inbox: InboxReading): MessageHappening[] {
  if (before === after) return []
  const { take, isReleased } = after
  const tell = (event: MessageEvent, of?: Take) => [happening(event, inbox, 'inbox', after, of)]
  if (isReleased) return before.isReleased ? [] : tell('released')
  if (take !== undefined) return isSameTake(take, before.take) ? [] : tell('taken', take)
  if (before.take !== undefined) return tell('put back', before.take)
  // Its release is gone: it waits again.
  return before.isReleased ? tell('put back') : []
}

/** A renewed take is the same one. */
function isSameTake(one: Take, other: Take | undefined): boolean {
  return one.by === other?.by && one.since === other.since
}

/** A message that has come into `done/` or `aside/`. If nobody saw it before, it has arrived as well. */
function isMoved(
  message: SeenMessage,
  to: MovedFolder,
  moves: Moves,
  inbox: InboxReading,
): MessageHappening[] {
  const move = happening(to, inbox, to, message)
  return moves.comesFrom(message, to) === undefined
    ? [happening('arrived', inbox, to, message), move]
    : [move]
}

function newIn<Message extends SeenMessage>(
  before: ReadonlyMap<string, SeenMessage | undefined>,
  after: ReadonlyMap<string, Message | undefined>,
): Message[] {
  const found: Message[] = []
  for (const [name, message] of after) {
    if (message === undefined || before.get(name)?.file === message.file) continue
    found.push(message)
  }
  return found
}

function happening(
  event: MessageEvent,
  { folder, project }: InboxReading,
  place: Place,
  { name, file }: SeenMessage,
  take?: Take,
): MessageHappening {
  const parent = place === 'inbox' ? folder : joinPath(folder, place)
  const shared = { event, project, inbox: folder, file, path: joinPath(parent, name) }
  return take === undefined ? shared : { ...shared, take }
}
