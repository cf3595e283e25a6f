import type { Context } from '../../command/context'
import { type EventListener, type EventSource, startInotifywait, startNativeWatch } from './event-sources'

/** What a watcher reports to. */
export interface Watched {
  /** Changes before this call left no event: compares the folders with what is known. */
  look(folders: readonly string[]): unknown
  /** Something seems to have happened at these paths. */
  follow(paths: readonly string[]): void
}

/** After this many failures in a row, inotifywait is not tried again. */
const MOST_FAILURES = 2

/**
 * Keeps an event source running for the folders: inotifywait, or node's own watching if that is missing or broken
 * (contract B25). If neither works, the regular looks at the folders suffice.
 */
export class Watcher {
  readonly #state: Watched
  readonly #context: Context
  readonly #isAlwaysNative: boolean
  readonly #command: string
  #source: EventSource | undefined
  #failures = 0
  #hasWarned = false

  /** With `native`, starts no program: for short waits, or many watchers at once. `command` is named in warnings. */
  constructor(
    state: Watched,
    context: Context,
    {
      native = false,
      command = 'cross-agent-watch',
    }: { native?: boolean; command?: string | undefined } = {},
  ) {
    this.#state = state
    this.#context = context
    this.#isAlwaysNative = native
    this.#command = command
  }

  /** Watches only these folders. The old source runs until the new one is ready. */
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
        // Messages that came before the kernel began to report left no event.
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

  /** A program argument cannot hold a name that is not UTF-8: with one such folder, inotifywait watches none. */
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
        this.#context.err(`${this.#command}: inotifywait failed: ${reason}; going on without it`)
      this.watch(folders)
    } else if (wasNative && !this.#hasWarned) {
      this.#hasWarned = true
      this.#context.err(
        `${this.#command}: no events from the system (${reason}); looking every few seconds instead`,
      )
    }
  }
}
