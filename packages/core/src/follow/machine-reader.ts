import { setTimeout as sleep } from 'node:timers/promises'
import { recordFolder } from '../agents/record-store'
import { readHalt } from '../brake/halt'
import { NO_BRAKE } from '../brake/run-brake'
import type { Context } from '../command/context'
import { onlyNews } from '../command/only-news'
import { joinPath } from '../fs/paths'
import { makeJudge } from '../mailbox/judge'
import { folderWithin } from '../mailbox/listing'
import { trustStamp } from '../mailbox/vet'
import type { ChangedNames } from '../mailbox/watching/folder-changes'
import { folderState } from '../mailbox/watching/folder-state'
import { MOVED_FOLDERS } from '../message/done-name'
import { eachOnce, ownInboxes } from '../project/project'
import type { Inbox } from '../project/projects'
import { InboxReader } from './inbox-reader'
import { OutboxReader } from './outbox-reader'
import { type InboxReading, NOTHING, type Reading } from './reading'
import { WakeReader } from './wake-reader'

/** Which folders have changed, and what in them. */
type Changes = ReadonlyMap<string, ChangedNames>

/** The most inboxes that are not there any more and are remembered: they may come back. */
const MOST_FORMER = 64
/** Milliseconds. */
const WRITING_TIME = 50
const UNREADABLE = 'HALT file unreadable; treated as halted'
const NOTHING_CHANGED: ReadonlySet<string> = new Set()

/** Reads this machine again and again, each time only what may have changed. */
export class MachineReader {
  readonly #context: Context
  readonly #err: (line: string) => void
  readonly #readers = new Map<string, InboxReader>()
  readonly #outbox: OutboxReader
  readonly #wakes: WakeReader
  #inboxes: readonly Inbox[] = []
  #trust: string | undefined
  #last: Reading = NOTHING

  constructor(context: Context) {
    this.#context = context
    this.#err = onlyNews(context.err)
    this.#outbox = new OutboxReader(context.paths)
    this.#wakes = new WakeReader(context.paths)
  }

  /** Looks for the inboxes. Returns the folders in which something may happen. */
  async folders(): Promise<string[]> {
    const { paths } = this.#context
    const own = eachOnce(await ownInboxes(this.#context, this.#err))
    this.#inboxes = own.map(({ folder, project }) => ({ folder: folder.replace(/\/+$/, ''), project }))
    const folders = this.#inboxes.flatMap(({ folder, project }) => [
      folder,
      ...MOVED_FOLDERS.flatMap((place) => folderWithin(folder, place) ?? []),
      recordFolder(paths, project),
    ])
    const all = [paths.configDir, paths.outbox, paths.heldWakes, ...new Set(folders)]
    return all.filter((folder) => folderState(folder) !== undefined)
  }

  /** `isLook`: also what may change without a change of any folder. */
  async read(changes: Changes, isLook: boolean): Promise<Reading> {
    const { paths, now } = this.#context
    const { outbox, wakes, holds } = this.#last
    const hasChanged = (folder: string) => isLook || changes.has(folder)
    const projects = this.#inboxes.map(({ project }) => project)
    const haveRecordsChanged = isLook || projects.some((project) => changes.has(recordFolder(paths, project)))
    this.#last = {
      // First: what is being sent is there for a moment only.
      outbox: hasChanged(paths.outbox) ? this.#outbox.read(now()) : outbox,
      halt: await this.#readHalt(),
      inboxes: await this.#readInboxes(changes, isLook),
      wakes: haveRecordsChanged ? this.#wakes.wakes(projects) : wakes,
      holds: hasChanged(paths.heldWakes) ? this.#wakes.holds(now()) : holds,
    }
    return this.#last
  }

  async #readHalt(): Promise<string | undefined> {
    const read = () => {
      const halt = readHalt(this.#context.paths)
      return halt && ('unreadable' in halt ? UNREADABLE : halt.reason)
    }
    const halt = read()
    if (halt !== '' || this.#last.halt !== undefined) return halt
    // Its writer may be about to write the reason.
    await sleep(WRITING_TIME)
    return read()
  }

  async #readInboxes(changes: Changes, isLook: boolean): Promise<Reading['inboxes']> {
    const mustJudgeAll = isLook && this.#hasTrustChanged()
    const judge = makeJudge(this.#context, NO_BRAKE)
    const { inboxes } = this.#last
    const found = new Map<string, InboxReading>()
    for (const inbox of this.#inboxes) {
      const { folder } = inbox
      const known = inboxes.get(folder)
      const reader = this.#readers.get(folder) ?? new InboxReader(inbox)
      this.#readers.set(folder, reader)
      const mustRead =
        known === undefined ||
        mustJudgeAll ||
        (isLook && reader.hasTakes) ||
        [folder, ...MOVED_FOLDERS.map((place) => joinPath(folder, place))].some((one) => changes.has(one))
      const changed = changes.get(folder) ?? NOTHING_CHANGED
      const look = { judge, now: this.#context.now(), changed, mustJudgeAll }
      const read = mustRead ? await reader.read(look) : known
      if (read !== undefined) found.set(folder, read)
    }
    for (const folder of this.#former()) {
      const known = inboxes.get(folder)
      if (known !== undefined) found.set(folder, known)
    }
    const isSame =
      found.size === inboxes.size && [...found].every(([folder, one]) => inboxes.get(folder) === one)
    return isSame ? inboxes : found
  }

  /** The inboxes that are not there now. The oldest of too many are forgotten. */
  #former(): string[] {
    const there = new Set(this.#inboxes.map(({ folder }) => folder))
    const former = [...this.#readers.keys()].filter((folder) => !there.has(folder))
    for (const folder of former.splice(0, Math.max(0, former.length - MOST_FORMER)))
      this.#readers.delete(folder)
    return former
  }

  #hasTrustChanged(): boolean {
    const stamp = trustStamp(this.#context)
    const hasChanged = this.#trust !== undefined && this.#trust !== stamp
    this.#trust = stamp
    return hasChanged
  }
}
