// @ts-check
/** The figures in words: a table for a terminal and for a page in Markdown. */

/** @import { Row } from './measure.mjs' */

const TITLES = ['milliseconds of', 'pairs', 'ours', 'script', 'ours/script', 'node', 'ours/node']
export const HEAD = [TITLES, TITLES.map((_, at) => (at === 0 ? '---' : '---:'))]

/** A row of the table. A ratio is that of one round: the median of all, and the quartiles. @param {Row} row */
export function cellsOf({ name, values: [ours = [], script = [], empty = []] }) {
  const times = [ours, script, empty].map((numbers) => figure(quantile(numbers, 0.5)))
  return [name, ours.length, times[0], times[1], spread(ours, script), times[2], spread(ours, empty)].map(
    String,
  )
}

/** @param {readonly string[]} cells */
export const tableLine = (cells) => `| ${cells.join(' | ')} |`

/** @param {string} about When and on what it was measured. */
export function heading(about) {
  return `# How fast

Written by \`npm run bench -- --publish\`. Measured on ${about}.

The bench runs whole processes. In each round, ours, the script and an empty node (\`node -e 0\`) run one after the
other in random order. A ratio compares the times of one round. The table shows medians; of ratios, the quartiles too.

`
}

/** Three digits that say something. @param {number} value */
export function figure(value) {
  if (Number.isNaN(value)) return '–'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** @param {readonly number[]} dividends @param {readonly number[]} divisors Of the same rounds. */
export function spread(dividends, divisors) {
  if (dividends.length === 0 || divisors.length === 0) return '–'
  const ratios = dividends.map((value, at) => value / (divisors[at] ?? Number.NaN))
  const [lower, median, upper] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2))
  return `${median} (${lower}–${upper})`
}

/** @param {readonly number[]} numbers @param {number} share From 0, the least, to 1, the greatest. NaN of none. */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const [below, above] = [Math.floor(place), Math.ceil(place)].map((at) => sorted[at] ?? Number.NaN)
  return (below ?? 0) + ((above ?? 0) - (below ?? 0)) * (place - Math.floor(place))
}
