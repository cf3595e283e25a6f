import type { Context } from '../../command/context'
import type { Inbox } from '../../project/projects'
import { type Moment, moment } from './folder-state'
import { InboxState } from './inbox-state'
import { Watcher } from './watcher'

/**
 * Milliseconds between two looks at the folders: these find projects made later (contract B24) and messages that the
 * system's events missed (B23). Nothing else wakes an idle watcher.
 */
export const LOOK_EVERY = 2000
/** Looks take at most 1/LOOK_SHARE of the time, however many folders there are. */
export const LOOK_SHARE = 50

export interface ChangeOptions {
  /** The inboxes to watch, listed again at every look. */
  list(): Promise<readonly Inbox[]>
  /** Called before each look: throws to end the wait. */
  check(): void
  /** Called at each look: whether to yield all inboxes again. */
  readonly mustLookAgain?: () => boolean
  /** Milliseconds on the clock of `performance.now`, after which it ends. */
  readonly deadline?: number
  /** The command that says so where the system gives no events. Default: cross-agent-watch. */
  readonly command?: string
}

/**
 * Yields inboxes to look into: first all, then those where a file has appeared. Changes between two looks are yielded
 * at the next, so nothing is missed (contract C5). Ends at the deadline.
 */
export async function* changedInboxes(
  options: ChangeOptions,
  context: Context,
): AsyncGenerator<readonly Inbox[], void> {
  const { list, check, deadline = Number.POSITIVE_INFINITY } = options
  check()
  const startedAt = moment()
  const inboxes = await list()
  yield inboxes
  const watch = new Watch(options, context, startedAt)
  try {
    watch.begin(inboxes)
    // Earlier arrivals have changed nothing since.
    yield inboxes
    while (performance.now() < deadline) {
      await watch.wait(deadline)
      check()
      await watch.lookIfDue()
      const found = watch.takeChanged()
      if (found.length > 0) yield found
    }
  } finally {
    watch.stop()
  }
}

/** The watched folders, and those that have changed. */
class Watch {
  readonly #options: ChangeOptions
  readonly #state: InboxState
  readonly #watcher: Watcher
  readonly #alarm = new Alarm()
  readonly #changed = new Set<string>()
  #inboxes: readonly Inbox[] = []
  /** By the clock of `performance.now`. */
  #nextLook = 0

  constructor(options: ChangeOptions, context: Context, startedAt: Moment) {
    this.#options = options
    this.#state = new InboxState((arrivals) => {
      for (const { folder } of arrivals) this.#changed.add(folder)
      if (arrivals.length > 0) this.#alarm.ring()
    }, startedAt)
    this.#watcher = new Watcher(this.#state, context, { native: true, command: options.command })
  }

  begin(inboxes: readonly Inbox[]): void {
    this.#inboxes = inboxes
    this.#state.begin(foldersOf(inboxes))
    this.#watcher.watch(foldersOf(inboxes))
    this.#nextLook = performance.now() + LOOK_EVERY
  }

  /** Waits for a change, the next look or `deadline`. */
  async wait(deadline: number): Promise<void> {
    if (this.#changed.size > 0) return
    await this.#alarm.wait(Math.min(this.#nextLook, deadline) - performance.now())
  }

  async lookIfDue(): Promise<void> {
    const started = performance.now()
    if (started < this.#nextLook) return
    const listedAt = moment()
    this.#inboxes = await this.#options.list()
    const folders = foldersOf(this.#inboxes)
    const areOthers = this.#state.look(folders, listedAt)
    if (areOthers) this.#watcher.watch(folders)
    else this.#watcher.revive(folders)
    if (areOthers || this.#options.mustLookAgain?.()) for (const folder of folders) this.#changed.add(folder)
    const ended = performance.now()
    this.#nextLook = ended + Math.max(LOOK_EVERY, (ended - started) * LOOK_SHARE)
  }

  takeChanged(): Inbox[] {
    return this.#inboxes.filter(({ folder }) => this.#changed.delete(folder))
  }

  stop(): void {
    this.#watcher.stop()
  }
}

function foldersOf(inboxes: readonly Inbox[]): string[] {
  return inboxes.map(({ folder }) => folder)
}

/** Ends a wait early. */
class Alarm {
  #end: (() => void) | undefined

  ring(): void {
    this.#end?.()
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, milliseconds))
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
