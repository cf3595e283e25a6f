import { readEntry } from '../delivery/outbox'
import { entryFolder } from '../delivery/outbox-entry'
import { isEntryName } from '../delivery/outbox-hold'
import { listNames } from '../fs/folder'
import { joinPath, type Paths } from '../fs/paths'
import { folderState, folderStats, identityOf } from '../mailbox/watching/folder-state'
import type { OutboxMessage } from './reading'

interface Known {
  readonly entry: string
  readonly state: string | undefined
  readonly message: OutboxMessage
}

/** Reads the outbox again and again. An entry that nobody sends is read only when its folder has changed. */
export class OutboxReader {
  readonly #paths: Paths
  #known = new Map<string, Known>()
  #last: ReadonlyMap<string, OutboxMessage> = new Map()

  constructor(paths: Paths) {
    this.#paths = paths
  }

  /** An outbox that cannot be read now is as it was. `now` in milliseconds. */
  read(now: number): ReadonlyMap<string, OutboxMessage> {
    const known = new Map<string, Known>()
    try {
      for (const id of listNames(this.#paths.outbox).filter(isEntryName)) {
        const found = this.#readEntry(id, now)
        if (found !== undefined) known.set(id, found)
      }
    } catch {
      return this.#last
    }
    const isSame =
      known.size === this.#known.size && [...known].every(([id, one]) => this.#known.get(id) === one)
    this.#known = known
    if (!isSame) this.#last = new Map(Array.from(known.values(), ({ entry, message }) => [entry, message]))
    return this.#last
  }

  #readEntry(id: string, now: number): Known | undefined {
    const folder = entryFolder(id, this.#paths)
    const before = this.#known.get(id)
    const state = folderState(folder)
    // The end of a sender changes nothing in the folder.
    if (before?.message.isKept && before.state === state) return before
    const stats = folderStats(folder)
    const found = stats && readEntry(id, this.#paths, now)
    if (stats === undefined || found === undefined) return undefined
    const { name = '', destination = '' } = found.record ?? {}
    const message = { path: joinPath(folder, name), name, destination, isKept: found.heldFor !== 'sending' }
    const isSame =
      before !== undefined &&
      before.state === state &&
      before.message.isKept === message.isKept &&
      before.message.path === message.path
    return isSame ? before : { entry: identityOf(stats), state, message }
  }
}
