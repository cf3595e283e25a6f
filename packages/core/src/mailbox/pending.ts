import { parseTimestamp } from '../message/timestamp'

/** The facts about one message of an inbox that its state depends on. */
export interface Entry {
  /** Undefined for a message with an unreadable header: such messages form one group, and no release answers them. */
  readonly conversation: string | undefined
  readonly type: string
  readonly timestamp: string
}

/** The type of the message that answers its conversation. */
export const RELEASE = 'release'

/**
 * The messages that no release has answered: those later than every release of their conversation. Instants are
 * compared; text is compared only if one of the two timestamps is unparseable (contract B15). Conversations keep the
 * order in which they begin in `entries`; their messages are sorted by timestamp text.
 */
export function pendingMessages<Message extends Entry>(entries: readonly Message[]): Message[] {
  const conversations = new Map<string | undefined, Message[]>()
  for (const entry of entries) {
    const conversation = conversations.get(entry.conversation)
    if (conversation === undefined) conversations.set(entry.conversation, [entry])
    else conversation.push(entry)
  }
  return Array.from(conversations.values(), pendingOfConversation).flat()
}

/** A message that is not a release, and the releases of its conversation that are not earlier. */
export interface Open<Message> {
  readonly message: Message
  readonly releases: readonly Message[]
}

/**
 * The messages that are not releases, in the order of `pendingMessages`. The caller checks whether a release counts if
 * it matters: it may be unsigned (contract B51). Yields one by one: thousands of messages with thousands of releases
 * each would not fit in memory.
 */
export function* openMessages<Message extends Entry>(entries: readonly Message[]): Generator<Open<Message>> {
  const releases = new Map<string | undefined, { readonly release: Message; readonly moment: Moment }[]>()
  for (const release of entries) {
    if (!isRelease(release)) continue
    const known = releases.get(release.conversation)
    const found = { release, moment: instantAndText(release.timestamp) }
    if (known === undefined) releases.set(release.conversation, [found])
    else known.push(found)
  }
  const open = releases.size === 0 ? entries : entries.filter((entry) => !isRelease(entry))
  for (const message of pendingMessages(open)) {
    const there = releases.get(message.conversation)
    if (there === undefined) yield { message, releases: [] }
    else {
      const own = instantAndText(message.timestamp)
      const later = there.filter(({ moment }) => isReleased(own, [moment]))
      yield { message, releases: later.map(({ release }) => release) }
    }
  }
}

function pendingOfConversation<Message extends Entry>(entries: readonly Message[]): Message[] {
  const releases = entries.filter(isRelease).map((release) => instantAndText(release.timestamp))
  const open = entries.filter((entry) => !isRelease(entry))
  const pending =
    releases.length === 0
      ? open
      : open.filter((entry) => !isReleased(instantAndText(entry.timestamp), releases))
  return pending.sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0))
}

interface Moment {
  readonly instant: number | undefined
  readonly text: string
}

function isReleased(message: Moment, releases: readonly Moment[]): boolean {
  return releases.some((release) =>
    message.instant === undefined || release.instant === undefined
      ? message.text <= release.text
      : message.instant <= release.instant,
  )
}

function isRelease(entry: Entry): boolean {
  return entry.type === RELEASE
}

function instantAndText(text: string): Moment {
  return { instant: parseTimestamp(text), text }
}
