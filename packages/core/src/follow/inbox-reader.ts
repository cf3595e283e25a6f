import { listNames } from '../fs/folder'
import { folderWithin } from '../mailbox/listing'
import { folderStats, identityOf, isSettled } from '../mailbox/watching/folder-state'
import type { MovedFolder } from '../message/done-name'
import { isVisibleMessage } from '../message/message-name'
import type { Inbox } from '../project/projects'
import { type InboxLook, LyingReader } from './lying-reader'
import type { InboxReading, SeenMessage } from './reading'
import { seenAt } from './seen-at'

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

/** Reads an inbox again and again, with its `done/` and `aside/`. */
export class InboxReader {
  readonly #inbox: Inbox
  readonly #lying: LyingReader
  #last: InboxReading | undefined
  #places: Places | undefined

  constructor(inbox: Inbox) {
    this.#inbox = inbox
    this.#lying = new LyingReader(inbox.folder)
  }

  /** Whether anything there is taken: a take may end without a change of the folder. */
  get hasTakes(): boolean {
    return this.#lying.hasTakes
  }

  /** An inbox that cannot be read now is as it was. Undefined if it could never be read. */
  async read(look: InboxLook): Promise<InboxReading | undefined> {
    const { folder, project } = this.#inbox
    const stats = folderStats(folder)
    if (stats === undefined) return this.#last
    const identity = identityOf(stats)
    // Another folder has come under that name: nothing that is known of the first one counts.
    const isSame = this.#last?.identity === identity
    if (!isSame) this.#places = undefined
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
    const lying = await this.#lying.read(names, isSame ? look : { ...look, changed: 'anything' })
    this.#places = places
    const [aside, done] = [withoutUnknown(places.aside.found), places.done.found]
    this.#last = { folder, project, identity, lying, aside, done }
    return this.#last
  }

  /** What lay in `done/` at first is never looked at: it may be very much. Throws the system's error. */
  #readPlace(place: MovedFolder, names: readonly string[]): Places[MovedFolder] {
    const folder = folderWithin(this.#inbox.folder, place) ?? ''
    const stats = names.includes(place) && folder !== '' ? folderStats(folder) : undefined
    const state = stats && `${identityOf(stats)}:${stats.mtimeNs}`
    const before = this.#places?.[place]
    if (before !== undefined && before.state === state) return before
    const found = new Map<string, SeenMessage | undefined>()
    const isFirst = place === 'done' && this.#places === undefined
    for (const name of state === undefined ? [] : listNames(folder)) {
      if (!isVisibleMessage(name)) continue
      if (isFirst || before?.found.has(name)) {
        const known = before?.found.get(name)
        // One string for each name, not one for each look.
        found.set(known?.name ?? name, known)
      } else {
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
