import type { ChildProcess } from 'node:child_process'
import type { ExecOptions } from './exec'
import { start } from './exec'

/** Milliseconds between two looks at the brake while an answer is waited for. */
const LOOK_EVERY = 250
/** Characters of a line, and of what is said on standard error, that are kept (contract B41). */
const LONGEST_LINE = 64 * 1024
const MOST_WORDS = 2048
/** Characters that a program may say in all: whoever says more is not listened to any longer (contract B72). */
const MOST_SAID = 1024 * 1024

/** How a program that was talked with has ended: as `Result`, but for its output. */
export interface End {
  readonly exitCode: number | undefined
  readonly failure?: 'not-found' | 'not-started' | 'killed'
  readonly detail?: string
  readonly stderr: string
  readonly stdout: ''
}

/** A program that is told lines and answers with lines. It ends at the latest with us, when its input closes. */
export class Dialogue {
  readonly #child: ChildProcess
  readonly #isHalted: (() => boolean) | undefined
  readonly #releaseSignals: (() => void) | undefined
  #rest = ''
  #said = 0
  #words = ''
  #listener: ((line: string) => void) | undefined
  #stopWaiting: (() => void) | undefined
  /** Set once the program is gone. */
  end: End | undefined

  constructor(
    program: string,
    args: readonly string[],
    { env, interruption, isHalted }: Pick<ExecOptions, 'env' | 'interruption' | 'isHalted'>,
  ) {
    this.#isHalted = isHalted
    this.#child = start(program, args, { env, talks: true })
    this.#releaseSignals = interruption?.onSignal(() => this.close())
    this.#child.stdin?.on('error', () => {})
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-MOST_WORDS)
    })
    this.#child.once('error', (error: NodeJS.ErrnoException) => {
      const failure = error.code === 'ENOENT' ? 'not-found' : 'not-started'
      this.#finish({ exitCode: undefined, failure, detail: error.code ?? error.message })
    })
    this.#child.once('close', (code, signal) =>
      this.#finish(
        code === null ? { exitCode: undefined, failure: 'killed', detail: signal ?? '' } : { exitCode: code },
      ),
    )
  }

  say(line: string): void {
    this.tell(`${line}\n`)
  }

  /** Says text that ends with a line break of its own. */
  tell(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** It has said more than anybody can mean, and was ended. */
  get saysTooMuch(): boolean {
    return this.#said > MOST_SAID
  }

  /**
   * What `understand` makes of the first line that it does not answer with undefined. Undefined where the program
   * ends before, or `timeout` milliseconds pass, or HALT is set, or a signal comes.
   */
  hear<Answer>(
    understand: (line: string) => Answer | undefined,
    timeout: number,
  ): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const settle = (answer: Answer | undefined) => {
        clearTimeout(timer)
        clearInterval(brake)
        this.#listener = undefined
        this.#stopWaiting = undefined
        resolve(answer)
      }
      const timer = setTimeout(() => settle(undefined), timeout)
      const brake = setInterval(() => {
        if (this.#isHalted?.()) settle(undefined)
      }, LOOK_EVERY)
      this.#stopWaiting = () => settle(undefined)
      this.#listener = (line) => {
        const answer = understand(line)
        if (answer !== undefined) settle(answer)
      }
      if (this.end !== undefined || this.saysTooMuch) settle(undefined)
    })
  }

  /** Ends the program at once. */
  close(): void {
    this.#releaseSignals?.()
    this.#child.kill()
    this.#stopWaiting?.()
  }

  #take(text: string): void {
    this.#said += text.length
    if (this.saysTooMuch) {
      this.close()
      return
    }
    const lines = (this.#rest + text).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-LONGEST_LINE)
    for (const line of lines) this.#listener?.(line.replace(/\r$/, ''))
  }

  #finish(end: Pick<End, 'exitCode' | 'failure' | 'detail'>): void {
    this.#releaseSignals?.()
    this.end ??= { ...end, stdout: '', stderr: this.#words }
    this.#stopWaiting?.()
  }
}
