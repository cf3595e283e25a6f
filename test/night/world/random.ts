/** Numbers that a seed decides: xorshift32. What happens in a night depends on time as well. */
export class Random {
  #state: number

  /** `salt` gives everybody numbers of their own. */
  constructor(seed: number, salt: string) {
    this.#state = seed | 0
    for (const letter of salt)
      this.#state = Math.imul(this.#state ^ letter.charCodeAt(0), 0x5bd1e995) ^ 0x1b873593
    if (this.#state === 0) this.#state = 1
    for (let turn = 0; turn < 8; turn++) this.#next()
  }

  #next(): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) / 0x1_0000_0000
  }

  /** A whole number from 0 on, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  between(low: number, high: number): number {
    return low + this.#next() * (high - low)
  }

  chance(probability: number): boolean {
    return this.#next() < probability
  }

  /** Undefined for an empty list only. */
  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)]
  }
}
