import { appendFileSync, existsSync } from 'node:fs'
import type { Context } from '@cac/core/command/context'
import { makeMissing } from '@cac/core/fs/durable'
import { folderOf, joinPath } from '@cac/core/fs/paths'
import { reasonOf } from '@cac/core/fs/system-error'
import { toBytes, toPath } from '@cac/core/text/raw-name'
import type { Options } from './options'

/** The log of the watcher. If it cannot be written, the watcher says so once and continues. */
export class WatchLog {
  readonly path: string
  readonly #context: Context
  readonly #isKept: boolean
  #fails = false

  /** With `if there is one`, a log that is missing is not made. */
  constructor({ log }: Pick<Options, 'log'>, context: Context, mode?: 'if there is one') {
    this.path = log ?? joinPath(context.home, '.local/state/cross-agent-comms/watch.log')
    this.#context = context
    this.#isKept = mode === undefined || existsSync(toPath(this.path))
    if (mode === undefined) this.#try(() => makeMissing(folderOf(this.path)))
  }

  /** Adds lines, their ends included. */
  append(lines: string): void {
    if (this.#isKept) this.#try(() => appendFileSync(toPath(this.path), toBytes(lines)))
  }

  #try(write: () => void): void {
    try {
      write()
      this.#fails = false
    } catch (error) {
      if (!this.#fails) this.#context.err(`cross-agent-watch: cannot write ${this.path}: ${reasonOf(error)}`)
      this.#fails = true
    }
  }
}
