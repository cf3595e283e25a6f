import type { Context } from '../command/context'

/** Peers that are named; of the others only their number is told. */
const MOST_NAMED = 3

/** Shows on a terminal which peers have not answered yet, and for how long they are waited for (see Context.live). */
export class PeerProgress {
  readonly #context: Context
  readonly #total: number
  readonly #waiting = new Map<string, number>()
  #answered = 0
  #clock: NodeJS.Timeout | undefined

  constructor(total: number, context: Context) {
    this.#total = total
    this.#context = context
  }

  /** Waits for a peer at most `patience` milliseconds. */
  async during<Answer>(peer: string, patience: number, answer: Promise<Answer>): Promise<Answer> {
    this.#waiting.set(peer, performance.now() + patience)
    this.#clock ??= setInterval(() => this.#show(), 1000)
    this.#show()
    try {
      return await answer
    } finally {
      this.#waiting.delete(peer)
      this.#answered++
      if (this.#waiting.size > 0) this.#show()
      else this.#stop()
    }
  }

  #stop(): void {
    clearInterval(this.#clock)
    this.#clock = undefined
    this.#context.live(undefined)
  }

  #show(): void {
    const names = [...this.#waiting.keys()]
    const others = names.length - MOST_NAMED
    const who = names.slice(0, MOST_NAMED).join(', ') + (others > 0 ? ` and ${others} more` : '')
    const left = Math.max(0, ...this.#waiting.values()) - performance.now()
    const seconds = Math.max(0, Math.ceil(left / 1000))
    this.#context.live(
      `${this.#answered} of ${this.#total} peers asked; waiting for ${who} (at most ${seconds} s)`,
    )
  }
}
