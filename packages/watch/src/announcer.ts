import { appendFileSync } from 'node:fs'
import type { Context } from '@cac/core/context'
import { makeMissing } from '@cac/core/durable'
import { reasonOf } from '@cac/core/errors'
import { readHalt } from '@cac/core/halt'
import { folderOf, joinPath, pathParts, paths } from '@cac/core/paths'
import { escapeBytes, toBytes, toPath } from '@cac/core/raw-name'
import { escapeAll } from '@cac/core/terminal'
import type { Arrival } from './inbox-state'
import { Notifier } from './notifier'

export interface AnnouncerOptions {
  readonly log: string
  readonly quiet: boolean
  readonly notify: boolean
}

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

  announce({ folder, name }: Arrival): void {
    const time = `${new Date(this.#context.now()).toISOString().slice(0, 19)}Z`
    const project = escapeAll(projectOf(folder, this.#context.home))
    const file = escapeAll(name)
    const halted = readHalt(this.#context.home) !== undefined
    const suppressed = '(suppressed by HALT)'
    this.#tryLog(() => {
      const line = `${time}\t${project}\t${file}${halted ? `\t${suppressed}` : ''}\n`
      appendFileSync(toPath(this.#options.log), toBytes(line))
    })
    if (!this.#options.quiet) {
      this.#context.out(`[${time}] ${project}: ${file}${halted ? ` ${suppressed}` : ''}\n`)
    }
    if (this.#options.notify && !halted) this.#notifier.notify(escapeBytes(`${project}: ${file}`))
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

/** The name below ~/projects, else that of the folder above the inbox. */
function projectOf(folder: string, home: string): string {
  const root = `${joinPath(paths(home).projects, '')}`
  const below = folder.startsWith(root) ? folder.slice(root.length).split('/') : []
  return (below.length > 1 ? below[0] : undefined) ?? pathParts(folder).at(-2) ?? ''
}
