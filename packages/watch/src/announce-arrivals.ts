import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { onlyNews } from '@cac/core/command/only-news'
import { moment } from '@cac/core/mailbox/watching/folder-state'
import { InboxState } from '@cac/core/mailbox/watching/inbox-state'
import { LOOK_EVERY, LOOK_SHARE } from '@cac/core/mailbox/watching/watch-loop'
import { Watcher } from '@cac/core/mailbox/watching/watcher'
import { holdSignals } from '@cac/core/programs/interruption'
import { USUAL_INBOX } from '@cac/core/project/layout'
import { type Inbox, Projects } from '@cac/core/project/projects'
import { escapeAll } from '@cac/core/text/terminal'
import { Announcer } from './announcer'
import type { Options } from './options'
import { WatchLog } from './watch-log'

/** After this many milliseconds without any folder, there is nothing left to watch. */
const GIVE_UP_AFTER = 15_000

/** Announces each message that arrives in an inbox, until a signal ends it or nothing is left to watch. */
export async function announceArrivals(options: Options, context: Context): Promise<number> {
  const startedAt = moment()
  const inboxes = new WatchedInboxes(options, context)
  const folders = await inboxes.folders()
  const waitsForInbox = options.service === 'run'
  if (folders.length === 0 && !waitsForInbox)
    throw new Failure('no-inbox', {
      message: `cross-agent-watch: glob resolved 0 directories: ${inboxes.glob}`,
      hint: 'the first message to a project makes its inbox; start the watcher again after that',
    })
  const log = new WatchLog(options, context)
  const projectOf = (folder: string) => inboxes.projectOf(folder)
  const told = { log, quiet: options.quiet, notify: !options['no-notify'], projectOf }
  const announcer = new Announcer(told, context)
  const state = new InboxState((arrivals) => announcer.announce(arrivals), startedAt)
  state.begin(folders)
  if (!options.quiet)
    context.out(`cross-agent-watch: watching ${folders.length} dir(s); log: ${escapeAll(log.path)}\n`)
  const watcher = new Watcher(state, context)
  const interruption = holdSignals()
  interruption.onSignal(() => {
    watcher.stop()
    interruption.release()
  })
  watcher.watch(folders)
  await follow(state, watcher, inboxes, waitsForInbox ? Number.POSITIVE_INFINITY : GIVE_UP_AFTER)
  throw new Failure('no-inbox-left', {
    message: `cross-agent-watch: no folder is left to watch: ${inboxes.glob}`,
    hint: 'start it again when there is one',
  })
}

/** Checks the folders from time to time, until there have been none for `patience` milliseconds. */
async function follow(
  state: InboxState,
  watcher: Watcher,
  inboxes: WatchedInboxes,
  patience: number,
): Promise<void> {
  let lastSeen = performance.now()
  for (;;) {
    const started = performance.now()
    const listedAt = moment()
    const current = await inboxes.folders()
    if (state.look(current, listedAt)) watcher.watch(current)
    else watcher.revive(current)
    if (current.length > 0) lastSeen = performance.now()
    else if (performance.now() - lastSeen > patience) break
    await sleep(Math.max(LOOK_EVERY, (performance.now() - started) * LOOK_SHARE))
  }
  watcher.stop()
}

/** The inboxes to watch, looked for again each time. */
class WatchedInboxes {
  readonly glob: string
  readonly #context: Context
  readonly #isUsual: boolean
  readonly #err: (line: string) => void
  readonly #projects = new Map<string, string>()

  constructor(options: Options, context: Context) {
    const usual = `${context.paths.projects}/*${USUAL_INBOX}/`
    this.glob = options['projects-glob'] ?? usual
    this.#isUsual = this.glob === usual
    this.#context = context
    this.#err = onlyNews(context.err)
  }

  async folders(): Promise<string[]> {
    const inboxes = this.#isUsual
      ? (await Projects.read(this.#context, this.#err)).inboxes()
      : await matchingWords(this.glob, this.#context)
    for (const { folder, project } of inboxes) this.#projects.set(folder, project)
    return inboxes.map(({ folder }) => folder)
  }

  projectOf(folder: string): string {
    return this.#projects.get(folder) ?? ''
  }
}

/** A glob with blanks is one path if that path exists, else several globs, as a shell splits them. */
async function matchingWords(glob: string, context: Context): Promise<Inbox[]> {
  const { inboxesOf } = await import('@cac/core/project/glob')
  const whole = await inboxesOf(glob, context, 'watch')
  if (whole.length > 0 || !/\s/.test(glob)) return whole
  const words = glob.split(/\s+/).filter((word) => word !== '')
  const found = (await Promise.all(words.map((word) => inboxesOf(word, context, 'watch')))).flat()
  return [...new Map(found.map((inbox) => [inbox.folder, inbox])).values()]
}
