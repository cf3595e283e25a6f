import type { Context } from '../../command/context'
import type { Inbox } from '../../project/projects'
import { type Moment, moment } from './folder-state'
import { InboxState } from './inbox-state'
import { WatchLoop } from './watch-loop'

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
  readonly #loop: WatchLoop
  readonly #changed = new Set<string>()
  #inboxes: readonly Inbox[] = []

  constructor(options: ChangeOptions, context: Context, startedAt: Moment) {
    this.#options = options
    this.#state = new InboxState((arrivals) => {
      for (const { folder } of arrivals) this.#changed.add(folder)
      if (arrivals.length > 0) this.#loop.ring()
    }, startedAt)
    this.#loop = new WatchLoop(this.#state, () => this.#list(), context, options.command)
  }

  begin(inboxes: readonly Inbox[]): void {
    this.#inboxes = inboxes
    this.#state.begin(foldersOf(inboxes))
    this.#loop.begin(foldersOf(inboxes))
  }

  /** Waits for a change, the next look or `deadline`. */
  async wait(deadline: number): Promise<void> {
    if (this.#changed.size === 0) await this.#loop.wait(deadline)
  }

  async lookIfDue(): Promise<void> {
    const found = await this.#loop.lookIfDue()
    if (found === 'not due') return
    if (found === 'other folders' || this.#options.mustLookAgain?.())
      for (const { folder } of this.#inboxes) this.#changed.add(folder)
  }

  takeChanged(): Inbox[] {
    return this.#inboxes.filter(({ folder }) => this.#changed.delete(folder))
  }

  stop(): void {
    this.#loop.stop()
  }

  async #list(): Promise<readonly string[]> {
    this.#inboxes = await this.#options.list()
    return foldersOf(this.#inboxes)
  }
}

function foldersOf(inboxes: readonly Inbox[]): string[] {
  return inboxes.map(({ folder }) => folder)
}
