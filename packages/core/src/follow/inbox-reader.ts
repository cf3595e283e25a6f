import { statSync } from 'node:fs'
import { listNames } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { entryReader, type FoundEntry } from '../mailbox/entry'
import { type Judge, stillWaiting } from '../mailbox/judge'
import { namesIn } from '../mailbox/listing'
import { RELEASE } from '../mailbox/pending'
import { type Take, takesIn } from '../mailbox/takes'
import { folderStats, identityOf, isSettled } from '../mailbox/watching/folder-state'
import type { MovedFolder } from '../message/done-name'
import { isVisibleMessage } from '../message/message-name'
import type { Inbox } from '../project/projects'
import { toPath } from '../text/raw-name'
import type { InboxReading, LyingMessage, SeenMessage } from './reading'

/** How to read an inbox again. */
export interface InboxLook {
  readonly judge: Judge
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Names that events told: their files may be others. */
  readonly hints: ReadonlySet<string>
  /** Whether to check again all that may be released: other signers may be trusted by now. */
  readonly mustJudgeAll: boolean
}

/** What a message's release depends on, and how it was judged. */
interface Known {
  readonly entry: FoundEntry
  readonly seen: LyingMessage
}

/** What lies in `done/` and `aside/`, with the state of the folder: if that is the same, nothing has changed. */
type Places = Readonly<
  Record<
    MovedFolder,
    {
      /** Undefined if there is no folder, empty if it may change unnoticed. */
      readonly state: string | undefined
      readonly found: ReadonlyMap<string, SeenMessage | undefined>
    }
  >
>

/**
 * Reads an inbox again and again. A file is read once, and a release is verified only when a message of its conversation
 * comes or goes: in a look at ten thousand messages, nearly all are known.
 */
export class InboxReader {
  readonly #inbox: Inbox
  #known = new Map<string, Known>()
  #last: InboxReading | undefined
  #places: Places | undefined
  #hasTakes = false

  constructor(inbox: Inbox) {
    this.#inbox = inbox
  }

  /** Whether anything there is taken: a take may end without a change of the folder. */
  get hasTakes(): boolean {
    return this.#hasTakes
  }

  /** An inbox that cannot be read now is as it was. Undefined if it could never be read. */
  async read(look: InboxLook): Promise<InboxReading | undefined> {
    const { folder, project } = this.#inbox
    const stats = folderStats(folder)
    if (stats === undefined) return this.#last
    let names: readonly string[]
    let places: Places
    try {
      names = listNames(folder)
      // In this order, what is moved meanwhile is found twice rather than never.
      const aside = this.#readPlace('aside', names)
      places = { aside, done: this.#readPlace('done', names) }
      if (this.#hasLeft(places.aside.found)) names = [...new Set([...names, ...listNames(folder)])]
    } catch {
      return this.#last
    }
    const lying = await this.#readLying(names, look)
    this.#places = places
    const [aside, done] = [withoutUnknown(places.aside.found), places.done.found]
    this.#last = { folder, project, identity: identityOf(stats), lying, aside, done }
    return this.#last
  }

  async #readLying(
    names: readonly string[],
    { judge, now, hints, mustJudgeAll }: InboxLook,
  ): Promise<ReadonlyMap<string, LyingMessage>> {
    const { folder } = this.#inbox
    const entryOf = entryReader(folder)
    const known = new Map<string, Known>()
    const news = new Set<FoundEntry>()
    for (const name of names) {
      if (!isVisibleMessage(name)) continue
      const before = this.#known.get(name)
      if (before !== undefined && !hints.has(name)) known.set(name, before)
      else {
        const seen = seenAt(folder, name)
        if (before !== undefined && isSame(before.seen, seen)) known.set(name, before)
        else if (seen !== undefined) {
          const entry = entryOf(name)
          if (entry?.isFile !== true) continue
          news.add(entry)
          known.set(name, {
            entry,
            seen: {
              ...seen,
              modified: entry.modified,
              isRelease: entry.type === RELEASE,
              isReleased: false,
              take: undefined,
            },
          })
        }
      }
    }
    const released = await this.#released(known, news, judge, mustJudgeAll)
    const takes = new Map(takesIn(folder, now, [...names]).map((take) => [take.name, take]))
    this.#hasTakes = takes.size > 0
    for (const [name, { entry, seen }] of known) {
      const isReleased = released.get(entry) ?? seen.isReleased
      const take = isReleased || seen.isRelease ? undefined : takes.get(name)
      if (isReleased === seen.isReleased && isSameTake(take, seen.take)) continue
      known.set(name, { entry, seen: { ...seen, isReleased, take } })
    }
    this.#known = known
    return new Map(Array.from(known, ([name, { seen }]) => [name, seen]))
  }

  /** Judges messages anew if they are new, or if a release of their conversation has come or gone. */
  async #released(
    known: ReadonlyMap<string, Known>,
    news: ReadonlySet<FoundEntry>,
    judge: Judge,
    mustJudgeAll: boolean,
  ): Promise<ReadonlyMap<FoundEntry, boolean>> {
    const changed = new Set<string | undefined>()
    for (const entry of news) if (entry.type === RELEASE) changed.add(entry.conversation)
    for (const [name, { entry }] of this.#known)
      if (entry.type === RELEASE && known.get(name)?.entry !== entry) changed.add(entry.conversation)
    const releases = new Map<string | undefined, FoundEntry[]>()
    for (const { entry } of known.values()) {
      if (entry.type !== RELEASE) continue
      const others = releases.get(entry.conversation)
      if (others === undefined) releases.set(entry.conversation, [entry])
      else others.push(entry)
    }
    const mustJudge = (entry: FoundEntry) =>
      changed.has(entry.conversation) ||
      (releases.has(entry.conversation) && (mustJudgeAll || news.has(entry)))
    const judged = Array.from(known.values(), ({ entry }) => entry).filter(mustJudge)
    if (judged.length === 0) return new Map()
    const those = new Set(judged.flatMap((entry) => [entry, ...(releases.get(entry.conversation) ?? [])]))
    const waiting = new Set(await stillWaiting([...those], this.#inbox.folder, judge))
    return new Map(judged.map((entry) => [entry, entry.type !== RELEASE && !waiting.has(entry)]))
  }

  /** What lay in `done/` at first is never looked at: it may be very much. */
  #readPlace(place: MovedFolder, names: readonly string[]): Places[MovedFolder] {
    const folder = joinPath(this.#inbox.folder, place)
    const stats = names.includes(place) ? folderStats(folder) : undefined
    const state = stats && `${identityOf(stats)}:${stats.mtimeNs}`
    const before = this.#places?.[place]
    if (before !== undefined && before.state === state) return before
    const found = new Map<string, SeenMessage | undefined>()
    const isFirst = place === 'done' && this.#last === undefined
    for (const name of state === undefined ? [] : namesIn(this.#inbox.folder, place)) {
      if (!isVisibleMessage(name)) continue
      if (isFirst || before?.found.has(name)) found.set(name, before?.found.get(name))
      else {
        const seen = seenAt(folder, name)
        if (seen !== undefined) found.set(name, seen)
      }
    }
    return { state: stats && isSettled(stats) ? state : '', found }
  }

  /** Whether anything has left `aside/`, perhaps for the inbox. */
  #hasLeft(aside: ReadonlyMap<string, SeenMessage | undefined>): boolean {
    for (const name of this.#last?.aside.keys() ?? []) if (!aside.has(name)) return true
    return false
  }
}

/** Nothing in `aside/` is unknown. */
function withoutUnknown(
  found: ReadonlyMap<string, SeenMessage | undefined>,
): ReadonlyMap<string, SeenMessage> {
  const known = new Map<string, SeenMessage>()
  for (const [name, message] of found) if (message !== undefined) known.set(name, message)
  return known
}

function seenAt(folder: string, name: string): SeenMessage | undefined {
  try {
    const stats = statSync(toPath(`${folder}/${name}`), { bigint: true, throwIfNoEntry: false })
    return stats?.isFile() ? { name, file: identityOf(stats), size: Number(stats.size) } : undefined
  } catch {
    return undefined
  }
}

function isSame(one: SeenMessage, other: SeenMessage | undefined): boolean {
  return one.file === other?.file && one.size === other.size
}

function isSameTake(one: Take | undefined, other: Take | undefined): boolean {
  return one?.by === other?.by && one?.since === other?.since && one?.until === other?.until
}
