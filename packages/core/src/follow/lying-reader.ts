import { entryReader, type FoundEntry } from '../mailbox/entry'
import { type Judge, stillWaiting } from '../mailbox/judge'
import { RELEASE } from '../mailbox/pending'
import { type Take, takesIn } from '../mailbox/takes'
import type { ChangedNames } from '../mailbox/watching/folder-changes'
import { isVisibleMessage } from '../message/message-name'
import type { LyingMessage, SeenMessage } from './reading'
import { seenAt } from './seen-at'

/** How to read an inbox again. */
export interface InboxLook {
  readonly judge: Judge
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The names whose files may be others. */
  readonly changed: ChangedNames
  /** Whether to check again all that may be released: other signers may be trusted by now. */
  readonly mustJudgeAll: boolean
}

/** A message with the number of its conversation. Ten thousand are kept: no text is. */
interface Kept extends LyingMessage {
  readonly group: number
}

/** Messages without a header that can be read. No release answers them. */
const NO_GROUP = 0

/**
 * Reads the messages of an inbox again and again. A file is read once, and a release is verified only when a message of
 * its conversation comes or goes: in a look at ten thousand messages, nearly all are known.
 */
export class LyingReader {
  readonly #folder: string
  #kept: ReadonlyMap<string, Kept> = new Map()
  #hasTakes = false

  constructor(folder: string) {
    this.#folder = folder
  }

  get hasTakes(): boolean {
    return this.#hasTakes
  }

  /** `names` are all in the inbox. */
  async read(names: readonly string[], look: InboxLook): Promise<ReadonlyMap<string, LyingMessage>> {
    const kept = new Map<string, Kept>()
    const news = new Set<string>()
    const entryOf = entryReader(this.#folder)
    for (const name of names) {
      if (!isVisibleMessage(name)) continue
      const before = this.#kept.get(name)
      const found = this.#find(name, before, look.changed, entryOf)
      if (found === undefined) continue
      // One string for each name, not one for each look.
      kept.set(found.name, found)
      if (found !== before) news.add(found.name)
    }
    await this.#judge(kept, news, look)
    this.#findTakes(kept, takesIn(this.#folder, look.now, names))
    this.#kept = kept
    return kept
  }

  #find(
    name: string,
    before: Kept | undefined,
    changed: ChangedNames,
    entryOf: (name: string) => FoundEntry | undefined,
  ): Kept | undefined {
    if (before !== undefined && changed !== 'anything' && !changed.has(name)) return before
    const seen = seenAt(this.#folder, name)
    // What has vanished since the names were read is missed in the next look: by then, it is known where it went.
    if (seen === undefined || (before !== undefined && isSame(before, seen))) return before
    const entry = entryOf(name)
    if (entry === undefined) return undefined
    const { conversation, type, modified } = entry
    const group = conversation === undefined ? NO_GROUP : groupOf(conversation)
    const { file, size } = seen
    const isRelease = type === RELEASE
    return { name, file, size, modified, group, isRelease, isReleased: false, take: undefined }
  }

  /** Judges messages anew if they are new, or if a release of their conversation has come or gone. */
  async #judge(
    kept: Map<string, Kept>,
    news: ReadonlySet<string>,
    { judge, mustJudgeAll }: InboxLook,
  ): Promise<void> {
    const released = new Set<number>()
    const changed = new Set<number>()
    for (const { name, isRelease, group } of kept.values()) {
      if (!isRelease) continue
      released.add(group)
      if (mustJudgeAll || news.has(name)) changed.add(group)
    }
    for (const before of this.#kept.values())
      if (before.isRelease && kept.get(before.name)?.file !== before.file) changed.add(before.group)
    if (released.size + changed.size === 0) return
    const asked = new Set<string>()
    const concerned = [...kept.values()].filter(({ name, group, isRelease }) => {
      if (group === NO_GROUP) return false
      const isAsked = changed.has(group) || (released.has(group) && news.has(name))
      if (isAsked) asked.add(name)
      return isAsked || (isRelease && released.has(group))
    })
    const entryOf = entryReader(this.#folder)
    const entries = asked.size === 0 ? [] : concerned.flatMap(({ name }) => entryOf(name) ?? [])
    const waiting = new Set((await stillWaiting(entries, this.#folder, judge)).map(({ name }) => name))
    for (const name of asked) {
      const message = kept.get(name)
      const isReleased = message?.isRelease === false && !waiting.has(name)
      if (message !== undefined && message.isReleased !== isReleased)
        kept.set(name, { ...message, isReleased })
    }
  }

  #findTakes(kept: Map<string, Kept>, found: readonly Take[]): void {
    const takes = new Map(found.map((take) => [take.name, take]))
    const hadTakes = this.#hasTakes
    this.#hasTakes = takes.size > 0
    if (!hadTakes && !this.#hasTakes) return
    for (const message of kept.values()) {
      const take = message.isReleased || message.isRelease ? undefined : takes.get(message.name)
      if (!isSameTake(take, message.take)) kept.set(message.name, { ...message, take })
    }
  }
}

/** A number for a conversation. Two conversations may share one: then a few messages more are judged. */
function groupOf(conversation: string): number {
  let group = 0x811c9dc5
  for (let at = 0; at < conversation.length; at++)
    group = Math.imul(group ^ conversation.charCodeAt(at), 0x01000193)
  return group | 1
}

function isSame(one: SeenMessage, other: SeenMessage): boolean {
  return one.file === other.file && one.size === other.size
}

function isSameTake(one: Take | undefined, other: Take | undefined): boolean {
  return one?.by === other?.by && one?.since === other?.since && one?.until === other?.until
}
