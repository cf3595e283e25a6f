// @ts-check

/** @typedef {{ median: number, lower: number, upper: number }} Spread `lower` and `upper` are the quartiles. */

/**
 * The ratios of values that were measured in the same round.
 * @param {readonly number[]} dividends
 * @param {readonly number[]} divisors
 */
export function pairwiseRatios(dividends, divisors) {
  return spreadOf(dividends.map((value, index) => value / (divisors[index] ?? Number.NaN)))
}

/**
 * @param {readonly number[]} numbers
 * @returns {Spread}
 */
export function spreadOf(numbers) {
  return { median: median(numbers), lower: quantile(numbers, 0.25), upper: quantile(numbers, 0.75) }
}

/** @param {readonly number[]} numbers NaN if there are none. */
export function median(numbers) {
  return quantile(numbers, 0.5)
}

/**
 * @param {readonly number[]} numbers
 * @param {number} share From 0, the least, to 1, the greatest.
 */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  // Equal ones need no step between them, and infinite ones have none.
  return below === above ? below : below + (above - below) * (place - Math.floor(place))
}

/**
 * @template Item
 * @param {readonly Item[]} items
 */
export function shuffled(items) {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** @param {readonly number[]} numbers */
export function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}
