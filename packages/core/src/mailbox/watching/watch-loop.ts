import type { Context } from '../../command/context'
import { type Moment, moment } from './folder-state'
import { type Watched, Watcher } from './watcher'

/**
 * Milliseconds between two looks at the folders: these find projects made later (contract B24) and messages that the
 * system's events missed (B23). Nothing else wakes an idle watcher.
 */
export const LOOK_EVERY = 2000
/** Looks take at most 1/LOOK_SHARE of the time, however many folders there are. */
export const LOOK_SHARE = 50

/** A state of folders that is looked at from time to time. */
export interface LookedAt extends Watched {
  /**
   * Compares the folders with what is known. Returns whether the folders themselves have changed and must be watched
   * again. `listedAt` is the moment before the folders were listed.
   */
  look(folders: readonly string[], listedAt?: Moment): boolean
}

/** Sleeps until something happens in the watched folders, or the next look at them is due. */
export class WatchLoop {
  readonly #state: LookedAt
  readonly #watcher: Watcher
  readonly #list: () => Promise<readonly string[]>
  readonly #alarm = new Alarm()
  /** By the clock of `performance.now`. */
  #nextLook = 0

  /** `list` is called before each look. `command` is named in warnings. */
  constructor(
    state: LookedAt,
    list: () => Promise<readonly string[]>,
    context: Context,
    command = 'cross-agent-watch',
  ) {
    this.#state = state
    this.#list = list
    this.#watcher = new Watcher(state, context, { native: true, command })
  }

  begin(folders: readonly string[]): void {
    this.#watcher.watch(folders)
    this.#nextLook = performance.now() + LOOK_EVERY
  }

  /** Ends a wait early. */
  ring(): void {
    this.#alarm.ring()
  }

  /** Waits for `ring`, the next look or `deadline`. */
  wait(deadline = Number.POSITIVE_INFINITY): Promise<void> {
    return this.#alarm.wait(Math.min(this.#nextLook, deadline) - performance.now())
  }

  /** Looks at the folders if that is due. Returns what it found. */
  async lookIfDue(): Promise<'not due' | 'same folders' | 'other folders'> {
    const started = performance.now()
    if (started < this.#nextLook) return 'not due'
    const listedAt = moment()
    const folders = await this.#list()
    const areOthers = this.#state.look(folders, listedAt)
    if (areOthers) this.#watcher.watch(folders)
    else this.#watcher.revive(folders)
    const ended = performance.now()
    this.#nextLook = ended + Math.max(LOOK_EVERY, (ended - started) * LOOK_SHARE)
    return areOthers ? 'other folders' : 'same folders'
  }

  stop(): void {
    this.#watcher.stop()
  }
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
