/** What a look at an inbox may cost, beyond the reading of headers (contract B65). */
export interface Limits {
  /** Messages that are verified. */
  readonly verifications?: number
  /** Of those, the ones that turn out to be refused: what nobody signed costs no more than that. */
  readonly refusals?: number
  /** Bytes of the messages that are verified. */
  readonly bytes?: number
}

/** Counts it down. By numbers and not by the clock: the same inbox gives the same answer on a slow machine. */
export class Budget {
  #verifications: number
  #refusals: number
  #bytes: number

  constructor({ verifications, refusals, bytes }: Limits) {
    this.#verifications = verifications ?? Number.POSITIVE_INFINITY
    this.#refusals = refusals ?? Number.POSITIVE_INFINITY
    this.#bytes = bytes ?? Number.POSITIVE_INFINITY
  }

  /** Whether a message of so many bytes may still be verified. */
  spend(size: number): boolean {
    if (this.#verifications < 1 || this.#refusals < 1 || this.#bytes < size) return false
    this.#verifications--
    this.#bytes -= size
    return true
  }

  /** What was verified is refused. */
  refused(): void {
    this.#refusals--
  }
}
