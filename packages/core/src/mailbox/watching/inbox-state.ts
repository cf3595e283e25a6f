import { lstatSync } from 'node:fs'
import { listNamesIfReadable } from '../../fs/folder'
import { fileName, folderOf, joinPath } from '../../fs/paths'
import { MOVED_FOLDERS } from '../../message/done-name'
import { isMessageName, SIGNATURE_SUFFIX } from '../../message/message-name'
import { toPath } from '../../text/raw-name'
import {
  fileIdentity,
  folderStats,
  identityOf,
  type KnownFolder,
  lookAgain,
  type Moment,
  startOfThatMoment,
} from './folder-state'

/** A message that has appeared in a watched inbox. */
export interface Arrival {
  readonly folder: string
  readonly name: string
}

interface Inbox extends KnownFolder {
  state: string | undefined
  /** Every name in the folder, with its announced file, if any. */
  readonly names: Map<string, string | undefined>
  /** Names that vanished since the last look that found a change, and since the one before. */
  departed: readonly [recent: Set<string>, earlier: Set<string>]
}

/** Nanoseconds. Clocks of files are that coarse. */
const CLOCK_TICK = 50_000_000n

/** The most vanished folders whose contents are remembered. */
const MOST_FORMER = 64

/**
 * The messages seen in each inbox. Events are hints, and the folders are the truth (contract B23): each message is
 * announced once, even if hints are lost, doubled or wrong.
 */
export class InboxState {
  readonly #inboxes = new Map<string, Inbox>()
  /** The contents of vanished folders, by identity: a folder that returns is not news (contract B23). */
  readonly #former = new Map<string, Inbox>()
  readonly #announce: (arrivals: readonly Arrival[]) => void
  /** Files that changed before this are not new in a folder that appears. */
  #lastLook: Moment

  /** `announce` receives all arrivals found together in one call; `startedAt` is before the first folder search. */
  constructor(announce: (arrivals: readonly Arrival[]) => void, startedAt: Moment) {
    this.#lastLook = startedAt
    this.#announce = announce
  }

  /** Treats all files in these folders as known. */
  begin(folders: readonly string[]): void {
    for (const folder of folders) {
      const stats = folderStats(folder)
      if (stats === undefined) continue
      const names = new Map(visibleNames(folder).map((name) => [name, undefined] as const))
      this.#inboxes.set(folder, inboxOf(identityOf(stats), names))
    }
  }

  /**
   * Compares the known names with the folders and announces each new one. Returns whether the folders themselves have
   * changed and must be watched again (contract B24). `listedAt` is the moment before the folders were listed: a
   * project that came later is new, whatever its folder says.
   */
  look(folders: readonly string[], listedAt?: Moment): boolean {
    const gone = new Set(this.#inboxes.keys())
    let isChanged = false
    for (const folder of folders) {
      const known = this.#inboxes.get(folder)
      const found = lookAgain(folder, known)
      if (found === undefined) continue
      gone.delete(folder)
      if (found === 'same') continue
      if (known?.identity === found.identity) {
        known.state = found.state
        this.#announce(this.#newIn(folder, known))
      } else {
        isChanged = true
        this.#announce(this.#meet(folder, found.identity))
      }
    }
    for (const folder of gone) this.#forget(folder)
    if (listedAt !== undefined) this.#lastLook = listedAt
    return isChanged || gone.size > 0
  }

  /** Checks hints that something has appeared at these paths; does nothing if they are wrong. */
  follow(paths: readonly string[]): void {
    this.#announce(paths.flatMap((path) => this.#arrivalAt(path) ?? []))
  }

  /**
   * The message at `path`, or one that was there when an event named it (contract B29), if not yet announced. It then
   * counts as announced.
   */
  #arrivalAt(path: string): Arrival | undefined {
    const folder = [folderOf(path), `${folderOf(path)}/`].find((candidate) => this.#inboxes.has(candidate))
    const inbox = folder === undefined ? undefined : this.#inboxes.get(folder)
    const name = fileName(path)
    if (folder === undefined || inbox === undefined || !isVisible(name)) return undefined
    const file = fileIdentity(folder, name)
    if (file === undefined) return this.#departedAt(folder, name, inbox)
    // The first message that is finished or put aside makes this folder (contracts C14, C22): not news.
    if (MOVED_FOLDERS.some((moved) => moved === name) && folderStats(joinPath(folder, name)) !== undefined)
      return undefined
    if (inbox.names.get(name) === file) return undefined
    inbox.names.set(name, file)
    return { folder, name }
  }

  /**
   * An event names a message that has gone, so it was there. Exceptions: it was already announced (node's own watching
   * also reports removed names), or the name is only the first line of another (inotifywait ends names with a line
   * feed).
   */
  #departedAt(folder: string, name: string, inbox: Inbox): Arrival | undefined {
    const isKnown = inbox.names.has(name) || inbox.departed.some((names) => names.has(name))
    if (isKnown || !isMessageName(name)) return undefined
    if (listNamesIfReadable(folder).some((other) => other.startsWith(`${name}\n`))) return undefined
    inbox.departed[0].add(name)
    return { folder, name }
  }

  #newIn(folder: string, inbox: Inbox): Arrival[] {
    const found = new Set(visibleNames(folder))
    inbox.departed = [new Set(), inbox.departed[0]]
    for (const name of inbox.names.keys()) {
      if (found.has(name)) continue
      inbox.names.delete(name)
      inbox.departed[0].add(name)
    }
    const unknown = [...found].filter((name) => !inbox.names.has(name))
    return unknown.flatMap((name) => this.#arrivalAt(joinPath(folder, name)) ?? [])
  }

  #forget(folder: string): void {
    const inbox = this.#inboxes.get(folder)
    if (inbox === undefined) return
    this.#inboxes.delete(folder)
    this.#former.set(inbox.identity, inbox)
    const [oldest] = this.#former.keys()
    if (this.#former.size > MOST_FORMER && oldest !== undefined) this.#former.delete(oldest)
  }

  /** A folder that has appeared: files put into it since the last look are new; the rest came with it. */
  #meet(folder: string, identity: string): Arrival[] {
    this.#forget(folder)
    const former = this.#former.get(identity)
    if (former !== undefined) {
      this.#former.delete(identity)
      this.#inboxes.set(folder, former)
      former.state = undefined
      return this.#newIn(folder, former)
    }
    const names = new Map<string, string | undefined>()
    this.#inboxes.set(folder, inboxOf(identity, names))
    const lastLook = startOfThatMoment(this.#lastLook)
    const isOld = (name: string) => {
      const changed = lstatSync(toPath(joinPath(folder, name)), {
        bigint: true,
        throwIfNoEntry: false,
      })?.ctimeNs
      return changed !== undefined && changed < lastLook - CLOCK_TICK
    }
    return visibleNames(folder).flatMap((name) => {
      if (!isOld(name)) return this.#arrivalAt(joinPath(folder, name)) ?? []
      names.set(name, undefined)
      return []
    })
  }
}

function inboxOf(identity: string, names: Map<string, string | undefined>): Inbox {
  return { identity, state: undefined, names, departed: [new Set(), new Set()] }
}

/** Hidden files are unfinished or are not mail (contract B22); a signature comes before its message. */
function isVisible(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !name.endsWith(SIGNATURE_SUFFIX)
}

function visibleNames(folder: string): string[] {
  return listNamesIfReadable(folder).filter(isVisible)
}
