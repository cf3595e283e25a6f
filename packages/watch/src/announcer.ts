import { appendFileSync } from 'node:fs'
import { readHalt } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { makeMissing } from '@cac/core/fs/durable'
import { folderOf } from '@cac/core/fs/paths'
import { reasonOf } from '@cac/core/fs/system-error'
import type { Arrival } from '@cac/core/inbox/watching/inbox-state'
import { escapeBytes, toBytes, toPath } from '@cac/core/text/raw-name'
import { escapeAll } from '@cac/core/text/terminal'
import { Notifier } from './notifier'

export interface AnnouncerOptions {
  readonly log: string
  readonly quiet: boolean
  readonly notify: boolean
  /** The project that an inbox belongs to. */
  projectOf(folder: string): string
}

/**
 * So many arrivals are told of at once: a few calls of the system for all of them, and few enough that their
 * lines are less than what even a pipe takes in one piece, unless the names are unusually long.
 */
const AT_ONCE = 32

/** Logs, prints and notifies of arrivals, one line each; under HALT it only logs and prints. */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #context: Context
  readonly #notifier: Notifier
  #logFails = false

  constructor(options: AnnouncerOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#notifier = new Notifier(context)
    this.#tryLog(() => makeMissing(folderOf(options.log)))
  }

  /** When this returns all is logged and printed: a signal that comes then loses no line. */
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
    this.#tryLog(() => {
      const end = halted ? `\t${suppressed}\n` : '\n'
      const lines = shown.map(({ project, file }) => `${time}\t${project}\t${file}${end}`)
      appendFileSync(toPath(this.#options.log), toBytes(lines.join('')))
    })
    if (!this.#options.quiet) {
      const end = halted ? ` ${suppressed}\n` : '\n'
      this.#context.out(shown.map(({ project, file }) => `[${time}] ${project}: ${file}${end}`).join(''))
    }
    if (!this.#options.notify || halted) return
    for (const { project, file } of shown) this.#notifier.notify(escapeBytes(`${project}: ${file}`))
  }

  /** A log that cannot be written must not keep the notification back; it is said once. */
  #tryLog(write: () => void): void {
    try {
      write()
      this.#logFails = false
    } catch (error) {
      if (!this.#logFails)
        this.#context.err(`cross-agent-watch: cannot write ${this.#options.log}: ${reasonOf(error)}`)
      this.#logFails = true
    }
  }
}
