// @ts-check
/** The figures in words: lines for a terminal, and a page in Markdown. */

/** @import { Row } from './measure.mjs' */
/** @import { Report } from './report.mjs' */
/** @import { Spread } from './statistics.mjs' */

export const watcherTitles = ['milliseconds of', 'pairs', 'ours', 'script', 'ours/script (quartiles)']
export const commandTitles = [...watcherTitles, 'node', 'load', 'work', 'ours MB', 'script MB']

/** @param {Row} row */
export function cellsOf({ name, unit, pairs, ours, script, toScript, parts = [], peaks = [] }) {
  const what = unit === 'ms' ? name : `${name}, ${unit}`
  return [
    what,
    String(pairs),
    figure(ours),
    figure(script),
    spread(toScript),
    ...[...parts, ...peaks].map(figure),
  ]
}

/**
 * A line for a terminal. Names stand left, figures right.
 * @param {readonly string[]} cells
 */
export function textLine([name = '', ...figures]) {
  const widths = commandTitles.slice(1).map((title) => Math.max(8, title.length))
  return [name.padEnd(55), ...figures.map((cell, index) => cell.padStart(widths[index] ?? 0))].join('  ')
}

/**
 * The page with all figures.
 * @param {Report} report
 */
export function markdownPage({ commands, watcher, nodes, about }) {
  const others = nodes.map(
    ({ version, rows }) => `\n## On node ${version}\n\n${markdownTable(commandTitles, rows)}`,
  )
  return `# How fast

Written by \`npm run bench -- --publish\`. Measured on ${about}.

![bars](bench.svg)

## Commands

The bench runs whole processes, from start to end. In each round, ours, the script and what else is compared run one
after the other in random order. Times are medians, in milliseconds. A ratio compares the times of one round. The
table shows the median ratio and its quartiles.

Three columns tell where our time goes. \`node\` is an empty node, \`node -e 0\`. \`load\` is what the command adds before
it does anything, as \`--version\` shows. \`work\` is the rest, other programs included. Each is a median of its own, so
the three do not add up exactly. Memory is the peak of the largest process.

${markdownTable(commandTitles, commands)}
## The watcher

The figures include all programs that the watcher starts. For each message, it calls a program in place of the
desktop's: a shell that appends one line. An idle watcher looks at the folders every two seconds. That look finds new
projects, and messages of which the system sent no event.

${markdownTable(watcherTitles, watcher)}${others.join('')}`
}

/**
 * @param {readonly string[]} titles
 * @param {readonly Row[]} rows
 */
function markdownTable(titles, rows) {
  const lines = [titles, titles.map((_, index) => (index === 0 ? '---' : '---:')), ...rows.map(cellsOf)]
  return `${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`
}

/**
 * Three digits that say something.
 * @param {number} value
 */
export function figure(value) {
  if (Number.isNaN(value)) return '–'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** @param {number} value Of 0, there is none. */
export function ratio(value) {
  return Number.isFinite(value) ? value.toFixed(value < 0.1 ? 3 : 2) : '–'
}

/** @param {Spread} spread */
function spread({ median, lower, upper }) {
  return Number.isFinite(median) ? `${ratio(median)} (${ratio(lower)}–${ratio(upper)})` : '–'
}
