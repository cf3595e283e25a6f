import { existsSync } from 'node:fs'
import { brakeOf } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { exec, type Result } from '@cac/core/programs/exec'
import { NOTIFY, notifyInTurn, TITLE } from './notify-in-turn'

/** Milliseconds that one notification may take. */
const TIME_LIMIT = 10_000
const AT_ONCE = 4
/** The most notifications for one shell. More would save little, and would come far out of order. */
const MOST_IN_TURN = 32

/**
 * Shows desktop notifications with `notify`, as the script does, else with `notify-send`, else with macOS's own. Without
 * any, it says so once (contract B25). It never waits: notifications that come meanwhile are queued. HALT drops the queue and ends the
 * current notification (contract B37).
 */
export class Notifier {
  readonly #context: Context
  /** A copy, because reading the environment of the process takes as long as everything else here. */
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #isHalted: () => boolean
  #waiting: string[] = []
  #running = 0
  #hasWarned = false
  /** Whether a shell may show many at once. It can use only `notify`, and must be watched in /proc. */
  #canLeaveToShell = false

  constructor(context: Context) {
    this.#context = context
    this.#env = { ...context.env }
    this.#isHalted = brakeOf(context)
  }

  /** Resolves when the queue is worked off, if this call began that. */
  notify(text: string): Promise<void> {
    this.#waiting.push(text)
    return this.#running < AT_ONCE ? this.#work() : Promise.resolve()
  }

  async #work(): Promise<void> {
    this.#running++
    while (this.#waiting.length > 0) {
      if (this.#isHalted()) {
        this.#waiting = []
        break
      }
      const share = Math.min(MOST_IN_TURN, Math.ceil(this.#waiting.length / AT_ONCE))
      const texts = this.#waiting.splice(0, this.#canLeaveToShell ? share : 1)
      const [text = ''] = texts
      if (texts.length === 1) await this.#show(text)
      else await this.#showInTurn(texts)
    }
    this.#running--
  }

  async #showInTurn(texts: readonly string[]): Promise<void> {
    const brake = { haltFile: this.#context.paths.haltFile, isHalted: this.#isHalted }
    const left = await notifyInTurn(texts, this.#env, TIME_LIMIT, brake).catch(() => texts)
    if (left.length === 0) return
    // notify or the shell is gone.
    this.#canLeaveToShell = false
    this.#waiting = [...left, ...this.#waiting]
  }

  async #show(text: string): Promise<void> {
    const limits = { env: this.#env, timeout: TIME_LIMIT, isHalted: this.#isHalted }
    const options = { ...limits, output: 'passed on' } as const
    if (!isMissing(await exec(NOTIFY, ['info', TITLE, text], options))) {
      this.#canLeaveToShell = existsSync('/proc/thread-self/children')
      return
    }
    if (this.#isHalted()) return
    this.#canLeaveToShell = false
    const body = bodyForNotifySend(text)
    if (!isMissing(await exec('notify-send', ['--', TITLE, body], { ...options, output: 'kept' }))) return
    if (this.#isHalted()) return
    if (!isMissing(await exec('osascript', [...DISPLAY, TITLE, text], { ...options, output: 'kept' }))) return
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#context.err(
      'cross-agent-watch: neither notify nor notify-send is installed: messages are logged only',
    )
  }
}

const DISPLAY_LINE = 'display notification (item 2 of argv) with title (item 1 of argv)'
/** A script for macOS. The texts are its arguments, so nothing in them is code. */
const DISPLAY = ['on run argv', DISPLAY_LINE, 'end run'].flatMap((line) => ['-e', line])

/** A body may hold markup, also written with backslashes. A file name must not become markup (contract B46). */
function bodyForNotifySend(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

function isMissing(result: Result): boolean {
  return result.failure === 'not-found' || result.failure === 'not-started'
}
