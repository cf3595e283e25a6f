import type { Context } from '@cac/core/context'
import { exec, type Result } from '@cac/core/exec'

const TITLE = 'Cross-agent message'
/** Milliseconds that one notification may take. */
const TIME_LIMIT = 10_000
const AT_ONCE = 4

/**
 * Shows desktop notifications: with `notify` as the script does, where there is none with `notify-send`; with
 * neither it says so once (contract B25). Never waits: what comes while others are shown is queued.
 */
export class Notifier {
  readonly #context: Context
  readonly #waiting: string[] = []
  #running = 0
  #hasWarned = false

  constructor(context: Context) {
    this.#context = context
  }

  notify(text: string): void {
    this.#waiting.push(text)
    if (this.#running < AT_ONCE) void this.#work()
  }

  async #work(): Promise<void> {
    this.#running++
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift())
      await this.#show(text)
    this.#running--
  }

  async #show(text: string): Promise<void> {
    const options = { env: this.#context.env, timeout: TIME_LIMIT }
    const shown = await exec('notify', ['info', TITLE, text], options)
    if (!isMissing(shown)) {
      // What notify prints is shown, as it is by the script.
      this.#context.out(shown.stdout)
      return
    }
    // Bodies may hold markup; a file name must not.
    const body = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    if (!isMissing(await exec('notify-send', ['--', TITLE, body], options)) || this.#hasWarned) return
    this.#hasWarned = true
    this.#context.err(
      'cross-agent-watch: neither notify nor notify-send is installed: messages are logged only',
    )
  }
}

function isMissing(result: Result): boolean {
  return result.failure === 'not-found' || result.failure === 'not-started'
}
