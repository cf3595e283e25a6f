import { LOOK_EVERY, Program, type ProgramOptions, type Result } from './program'

/** Most characters of a line that are kept (contract B41). */
const LONGEST_LINE = 64 * 1024
/** Most characters that a program may print in all. A program that prints more is stopped (contract B72). */
const MOST_SAID = 1024 * 1024

/** A program that reads lines and answers with lines. Its input closes when we end, so it ends by then. */
export class Dialogue {
  readonly #program: Program
  readonly #isHalted: (() => boolean) | undefined
  readonly #releaseSignals: (() => void) | undefined
  #rest = ''
  #said = 0
  #listener: ((line: string) => void) | undefined
  #stopWaiting: (() => void) | undefined

  constructor(
    program: string,
    args: readonly string[],
    { env, interruption, isHalted }: Pick<ProgramOptions, 'env' | 'interruption' | 'isHalted'>,
  ) {
    this.#isHalted = isHalted
    this.#program = new Program(program, args, { env, talks: true, output: 'heard' })
    this.#releaseSignals = interruption?.onSignal(() => this.close())
    this.#program.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.#program.ended.then(() => {
      this.#releaseSignals?.()
      this.#stopWaiting?.()
    })
  }

  /** Set once the program is gone. */
  get end(): Result | undefined {
    return this.#program.end
  }

  say(line: string): void {
    this.tell(`${line}\n`)
  }

  /** Sends text that already ends with a line break. */
  tell(text: string): void {
    this.#program.tell(text)
  }

  /** Whether the program printed too much, and was stopped. */
  get saysTooMuch(): boolean {
    return this.#said > MOST_SAID
  }

  /**
   * Returns the first result of `understand` that is not undefined; it gets each line. Undefined if the program ends
   * before, if `timeout` milliseconds pass, if HALT is set, or if a signal arrives.
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

  /** Stops the program at once. */
  close(): void {
    this.#releaseSignals?.()
    this.#program.stop()
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
}
