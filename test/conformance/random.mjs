// @ts-check

/**
 * A small seeded generator (mulberry32): the same seed gives the same cases everywhere.
 * @typedef {ReturnType<typeof makeRandom>} Random
 * @param {number} seed
 */
export function makeRandom(seed) {
  let state = seed >>> 0
  /** At least 0, below 1. */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  /** @param {number} below */
  const below = (below) => Math.floor(next() * below)
  return {
    below,
    /** @param {number} probability */
    chance: (probability) => next() < probability,
    /**
     * @template T
     * @param {readonly [T, ...T[]]} items
     * @returns {T}
     */
    pick: (items) => items[below(items.length)] ?? items[0],
    /**
     * @template T
     * @param {readonly T[]} items
     */
    shuffled(items) {
      const rest = [...items]
      /** @type {T[]} */
      const taken = []
      while (rest.length > 0) taken.push(...rest.splice(below(rest.length), 1))
      return taken
    },
  }
}
