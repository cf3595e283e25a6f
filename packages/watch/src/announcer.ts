import { readHalt } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import type { Arrival } from '@cac/core/mailbox/watching/inbox-state'
import { escapeBytes } from '@cac/core/text/raw-name'
import { escapeAll } from '@cac/core/text/terminal'
import { Notifier } from './notifier'
import type { WatchLog } from './watch-log'

export interface AnnouncerOptions {
  readonly log: WatchLog
  readonly quiet: boolean
  readonly notify: boolean
  /** The project that an inbox belongs to. */
  projectOf(folder: string): string
}

/**
 * How many arrivals are reported at once. They need only a few system calls together, and their lines fit into one
 * atomic write to a pipe, unless the names are unusually long.
 */
const AT_ONCE = 32

/** Logs, prints and notifies of arrivals, one line each; under HALT it only logs and prints. */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #context: Context
  readonly #notifier: Notifier

  constructor(options: AnnouncerOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#notifier = new Notifier(context)
  }

  /** When this returns, everything is logged and printed: a later signal loses no line. */
  announce(arrivals: readonly Arrival[]): void {
    for (let start = 0; start < arrivals.length; start += AT_ONCE)
      this.#announceTogether(arrivals.slice(start, start + AT_ONCE))
  }

  #announceTogether(arrivals: readonly Arrival[]): void {
    const time = `${new Date(this.#context.now()).toISOString().slice(0, 19)}Z`
    const halted = readHalt(this.#context.paths) !== undefined
    const suppressed = '(suppressed by HALT)'
    const shown = arrivals.map(({ folder, name }) => ({
      project: escapeAll(this.#options.projectOf(folder)),
      file: escapeAll(name),
    }))
    const lineEnd = halted ? `\t${suppressed}\n` : '\n'
    this.#options.log.append(
      shown.map(({ project, file }) => `${time}\t${project}\t${file}${lineEnd}`).join(''),
    )
    if (!this.#options.quiet) {
      const end = halted ? ` ${suppressed}\n` : '\n'
      this.#context.out(shown.map(({ project, file }) => `[${time}] ${project}: ${file}${end}`).join(''))
    }
    if (!this.#options.notify || halted) return
    for (const { project, file } of shown) void this.#notifier.notify(escapeBytes(`${project}: ${file}`))
  }
}
