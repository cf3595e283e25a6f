// @ts-check
/** The figures in words: one list of columns each, for a terminal and for Markdown. */
import { partNames } from './budget.mjs'

/** @import { Budget } from './budget.mjs' */
/** @import { Row } from './commands.mjs' */
/** @import { Spread } from './statistics.mjs' */
/** @import { Watching } from './watching.mjs' */

/**
 * @template Item
 * @typedef {object} Column
 * @property {string} title
 * @property {number} width On a terminal.
 * @property {(item: Item) => string} show
 */

/** @type {Column<Row>[]} */
export const rowColumns = [
  { title: 'command', width: 46, show: ({ name }) => name },
  { title: 'pairs', width: 5, show: ({ pairs }) => String(pairs) },
  { title: 'ours ms', width: 9, show: ({ milliseconds }) => figure(milliseconds.ours) },
  { title: 'script ms', width: 9, show: ({ milliseconds }) => figure(milliseconds.script) },
  { title: 'ours/script (quartiles)', width: 23, show: ({ toScript }) => spread(toScript) },
  { title: 'ours/node -e 0', width: 14, show: ({ toNode }) => ratio(toNode.median) },
  { title: 'ours MB', width: 7, show: ({ peakBytes }) => megabytes(peakBytes.ours) },
  { title: 'script MB', width: 9, show: ({ peakBytes }) => megabytes(peakBytes.script) },
]

/** @type {Column<Budget>[]} */
export const budgetColumns = [
  { title: 'milliseconds of', width: 46, show: ({ name }) => name },
  { title: 'whole', width: 8, show: ({ whole }) => figure(whole) },
  { title: 'node -e 0', width: 9, show: ({ node }) => figure(node) },
  ...partNames.map((part) => ({
    title: part,
    width: 9,
    show: (/** @type {Budget} */ { parts }) => figure(parts[part]),
  })),
]

/**
 * One figure of the watcher.
 * @typedef {{ name: string, unit: string, values: { ours: number, script: number | null } }} WatchLine
 */

/** @type {Column<WatchLine>[]} */
export const watchColumns = [
  { title: 'watcher', width: 61, show: ({ name }) => name },
  { title: 'ours', width: 9, show: ({ values }) => figure(values.ours) },
  { title: 'script', width: 9, show: ({ values }) => figure(values.script) },
  { title: 'unit', width: 12, show: ({ unit }) => unit },
  {
    title: 'ours/script',
    width: 11,
    show: ({ values: { ours, script } }) => ratio(script ? ours / script : null),
  },
]

/**
 * @param {Watching} watching
 * @returns {WatchLine[]}
 */
export function watchLines({ bursts, notify, latency, idle }) {
  return [
    ...bursts.flatMap(burstLines),
    ...(notify === null
      ? []
      : [
          // One program, whoever calls it: what is left of the figures above is the watcher's own.
          watchLine(
            'watch, the notify of these bursts alone: processor per call',
            'ms',
            { ours: notify, script: null },
            (time) => time,
          ),
        ]),
    ...(latency === null
      ? []
      : [
          watchLine(`${latency.name}, median`, 'ms', latency, ({ median }) => median),
          watchLine(`${latency.name}, nine of ten`, 'ms', latency, ({ ninth }) => ninth),
        ]),
    ...(idle === null
      ? []
      : [
          watchLine(`${idle.name}: wake-ups`, 'per second', idle, (figures) => figures.wakeUpsPerSecond),
          watchLine(
            `${idle.name}: processor`,
            'ms per second',
            idle,
            (figures) => figures.processorPerSecond,
          ),
          watchLine(`${idle.name}: memory, RSS`, 'MB', idle, ({ rss }) => rss / 1e6),
          watchLine(`${idle.name}: memory, PSS`, 'MB', idle, ({ pss }) => pss / 1e6),
        ]),
  ]
}

/** @param {Watching['bursts'][number]} burst */
function burstLines(burst) {
  const { name, arrivals, times, ours, script } = burst
  const sent = arrivals * times
  const lines = [
    watchLine(`${name}: processor per arrival`, 'ms', burst, (figures) => figures.processorPerArrival),
    watchLine(`${name}: until the last is told of`, 'ms', burst, ({ until }) => until),
  ]
  if (ours.told < sent || (script !== null && script.told < sent))
    lines.push(watchLine(`${name}: told of`, `of ${sent}`, burst, ({ told }) => told))
  return lines
}

/**
 * @template Figures
 * @param {string} name
 * @param {string} unit
 * @param {{ ours: Figures, script: Figures | null }} both
 * @param {(figures: Figures) => number} pick
 * @returns {WatchLine}
 */
function watchLine(name, unit, { ours, script }, pick) {
  return { name, unit, values: { ours: pick(ours), script: script === null ? null : pick(script) } }
}

/**
 * @template Item
 * @param {readonly Column<Item>[]} columns
 */
export function titleLine(columns) {
  return columns.map(({ title, width }, index) => pad(title, width, index)).join('  ')
}

/**
 * @template Item
 * @param {readonly Column<Item>[]} columns
 * @param {Item} item
 */
export function textLine(columns, item) {
  return columns.map(({ width, show }, index) => pad(show(item), width, index)).join('  ')
}

/**
 * @template Item
 * @param {readonly Column<Item>[]} columns
 * @param {readonly Item[]} items
 */
export function markdownTable(columns, items) {
  const lines = [
    columns.map(({ title }) => title),
    columns.map((_, index) => (index === 0 ? '---' : '---:')),
    ...items.map((item) => columns.map(({ show }) => show(item).replaceAll('|', '\\|'))),
  ]
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`
}

/**
 * Names stand left, figures right.
 * @param {string} text
 * @param {number} width
 * @param {number} index
 */
function pad(text, width, index) {
  return index === 0 ? text.padEnd(width) : text.padStart(width)
}

/**
 * Three digits that say something.
 * @param {number | null | undefined} value
 */
export function figure(value) {
  if (value === null || value === undefined) return '–'
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** @param {number | null | undefined} value */
export function ratio(value) {
  return value === null || value === undefined ? '–' : value.toFixed(value < 0.1 ? 3 : 2)
}

/** @param {Spread | null} value */
function spread(value) {
  if (value === null) return '–'
  return `${ratio(value.median)} (${ratio(value.lower)}–${ratio(value.upper)})`
}

/** @param {number | null} bytes */
function megabytes(bytes) {
  return bytes === null ? '–' : (bytes / 1e6).toFixed(0)
}
