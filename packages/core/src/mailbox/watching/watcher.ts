import type { Context } from '../../command/context'
import { type EventListener, type EventSource, startInotifywait, startNativeWatch } from './event-sources'
import type { InboxState } from './inbox-state'

/** After so many failures in a row inotifywait is not tried again. */
const MOST_FAILURES = 2

/**
 * Keeps a source of events running for the folders: inotifywait, and node's own watching where that is missing
 * or broken (contract B25). Where neither works, what looks at the folders from time to time is enough.
 */
export class Watcher {
  readonly #state: InboxState
  readonly #context: Context
  readonly #isAlwaysNative: boolean
  #source: EventSource | undefined
  #failures = 0
  #hasWarned = false

  /** With `native` no program is started: for those who wait a short time, or many at once. */
  constructor(state: InboxState, context: Context, { native = false } = {}) {
    this.#state = state
    this.#context = context
    this.#isAlwaysNative = native
  }

  /** Watches these folders and no others. The former source goes on until the new one is ready. */
  watch(folders: readonly string[]): void {
    const former = this.#source
    this.#source = undefined
    if (folders.length === 0) {
      former?.stop()
      return
    }
    const listener: EventListener = {
      ready: () => {
        former?.stop()
        this.#failures = 0
        // What came before the kernel began to report has left no event.
        this.#state.look(folders)
      },
      appeared: (paths) => this.#state.follow(paths),
      ended: (reason) => {
        former?.stop()
        this.#source = undefined
        this.#fail(reason, folders)
      },
    }
    this.#source = this.#isNative(folders)
      ? startNativeWatch(folders, listener)
      : startInotifywait(folders, listener, this.#context.env)
  }

  /** Starts the source again if it has ended. */
  revive(folders: readonly string[]): void {
    if (this.#source === undefined) this.watch(folders)
  }

  stop(): void {
    this.#source?.stop()
    this.#source = undefined
  }

  /** No argument of a program can hold a name that is not UTF-8: such a folder keeps inotifywait from all. */
  #isNative(folders: readonly string[]): boolean {
    return (
      this.#isAlwaysNative ||
      this.#failures >= MOST_FAILURES ||
      !folders.every((folder) => folder.isWellFormed())
    )
  }

  #fail(reason: string, folders: readonly string[]): void {
    const wasNative = this.#isNative(folders)
    this.#failures = reason === 'ENOENT' ? MOST_FAILURES : this.#failures + 1
    if (!wasNative && this.#isNative(folders)) {
      if (reason !== 'ENOENT')
        this.#context.err(`cross-agent-watch: inotifywait failed: ${reason}; going on without it`)
      this.watch(folders)
    } else if (wasNative && !this.#hasWarned) {
      this.#hasWarned = true
      this.#context.err(
        `cross-agent-watch: no events from the system (${reason}); looking every few seconds instead`,
      )
    }
  }
}
