import type { Context } from '../../command/context'
import type { Inbox } from '../local-inboxes'
import { InboxState } from './inbox-state'
import { moment } from './moment'
import { Watcher } from './watcher'

/**
 * Milliseconds between two looks at the folders themselves: what finds projects made later (contract B24), and
 * messages of which the system's events told nothing (B23). Nothing else wakes a watcher to which nothing comes.
 */
export const LOOK_EVERY = 2000
/** At most this part of the time is spent on looking, however many folders there are. */
export const LOOK_SHARE = 50

export interface ChangeOptions {
  /** The inboxes to watch, looked for again at every look. */
  list(): Promise<readonly Inbox[]>
  /** Called before each look: throws where the wait must end. */
  check(): void
  /** Asked at each look: whether all inboxes must be yielded once more. */
  readonly mustLookAgain?: () => boolean
  /** Milliseconds, by the clock of `performance.now`, after which it ends. */
  readonly deadline?: number
}

/**
 * Yields the inboxes in which something may wait that did not wait before: first all of them, then those in which
 * something has appeared, as it appears. Whoever looks at what is yielded, and finds nothing, misses nothing by
 * asking for the next: what comes in between is yielded then (contract C5). Ends at the deadline.
 */
export async function* changedInboxes(
  { list, check, mustLookAgain = () => false, deadline = Number.POSITIVE_INFINITY }: ChangeOptions,
  context: Context,
): AsyncGenerator<readonly Inbox[], void> {
  check()
  const startedAt = moment()
  let inboxes = await list()
  yield inboxes
  const changed = new Set<string>()
  const alarm = new Alarm()
  const state = new InboxState((arrivals) => {
    for (const { folder } of arrivals) changed.add(folder)
    if (arrivals.length > 0) alarm.ring()
  }, startedAt)
  state.begin(foldersOf(inboxes))
  const watcher = new Watcher(state, context, { native: true })
  try {
    watcher.watch(foldersOf(inboxes))
    // What came before `begin` has changed nothing since.
    yield inboxes
    let nextLook = performance.now() + LOOK_EVERY
    while (performance.now() < deadline) {
      if (changed.size === 0) await alarm.wait(Math.min(nextLook, deadline) - performance.now())
      check()
      if (performance.now() >= nextLook) {
        const started = performance.now()
        const listedAt = moment()
        inboxes = await list()
        if (state.look(foldersOf(inboxes), listedAt)) {
          watcher.watch(foldersOf(inboxes))
          for (const { folder } of inboxes) changed.add(folder)
        } else watcher.revive(foldersOf(inboxes))
        if (mustLookAgain()) for (const { folder } of inboxes) changed.add(folder)
        const ended = performance.now()
        nextLook = ended + Math.max(LOOK_EVERY, (ended - started) * LOOK_SHARE)
      }
      const found = inboxes.filter(({ folder }) => changed.delete(folder))
      if (found.length > 0) yield found
    }
  } finally {
    watcher.stop()
  }
}

function foldersOf(inboxes: readonly Inbox[]): string[] {
  return inboxes.map(({ folder }) => folder)
}

/** Ends a wait before its time. */
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
