// @ts-check
/** Puts the figures where people find them: docs/ and the README. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { root } from '../project.mjs'
import { run } from '../setup.mjs'
import { drawChart } from './chart.mjs'
import { budgetColumns, markdownTable, rowColumns, watchColumns, watchLines } from './tables.mjs'

/** @import { Report } from './report.mjs' */

const BEGIN = '<!-- speed: written by npm run bench -- --publish -->'
const END = '<!-- /speed -->'

/** What the README tells of the watcher. */
const MAIN_WATCH_LINES = /burst of 1,000|alone|median|wake-ups|RSS/

/** @param {Report} report */
export function publish(report) {
  mkdirSync(`${root}/docs`, { recursive: true })
  writeFileSync(`${root}/docs/bench.json`, JSON.stringify(report))
  run('npx', ['biome', 'format', '--write', '--log-level=error', 'docs/bench.json'])
  writeFileSync(`${root}/docs/bench.svg`, drawChart(report))
  writeFileSync(`${root}/docs/bench.md`, allFigures(report))
  const readme = readFileSync(`${root}/README.md`, 'utf8')
  const [head, rest] = readme.split(BEGIN)
  const tail = rest?.split(END)[1]
  if (head === undefined || tail === undefined)
    throw new Error(`README.md has no place between ${BEGIN} and ${END}`)
  writeFileSync(`${root}/README.md`, `${head}${BEGIN}\n\n${mainFigures(report)}\n${END}${tail}`)
}

/**
 * What everyday use comes to, and the watcher.
 * @param {Report} report
 */
function mainFigures({ rows, watching, nodes, about }) {
  const core = new Set(nodes.flatMap((node) => node.rows.map(({ name }) => name)))
  return `${aboutLine(about)}

${markdownTable(
  rowColumns,
  rows.filter(({ name }) => core.has(name)),
)}
${markdownTable(
  watchColumns,
  watchLines(watching).filter(({ name }) => MAIN_WATCH_LINES.test(name)),
)}`
}

/** @param {Report} report */
function allFigures({ rows, watching, budgets, nodes, about }) {
  const others = nodes.map(
    (node) => `## The same on node ${node.version}\n\n${markdownTable(rowColumns, node.rows)}`,
  )
  return `# How fast

Written by \`npm run bench -- --publish\`. ${aboutLine(about)}

![bars](bench.svg)

## Commands

Whole processes, from start to end: medians of rounds in which ours, the script and an empty node run one after
the other in random order, ratios of the same round. Memory is the peak of the largest process.

${markdownTable(rowColumns, rows)}
## The watcher

The watcher with all that it starts. \`logged\`: with \`--no-notify\`, its own work. \`notified of\`: it calls a program
for each arrival, the smallest there is: a shell that appends one line. That takes the time in the row below, whoever
calls it. What wakes an idle watcher is its look at the folders every two seconds, which finds projects made later and
what the system's events left out. PSS counts shared pages by their share: other nodes that run make it less.

${markdownTable(watchColumns, watchLines(watching))}
## Where the milliseconds go

\`create\`: until the process is there. \`bootstrap\`: node, until the first line of ours. \`load\`: until the
command looks at its arguments; of that \`read\`: finding and reading the bin and the code, \`compile\`: taking over
its compiled form, and \`evaluate\`. \`work\`: what the command is for, other programs included. \`exit\`: until the
caller knows. Each is a median of its own, and of runs with a hook, so that they do not add up exactly to the whole.

${markdownTable(budgetColumns, budgets)}
${others.join('\n')}`
}

/** @param {Report['about']} about */
function aboutLine({ date, node, python, platform, cores }) {
  return `Measured on ${date.slice(0, 10)}: ${platform}, ${cores} cores, node ${node}, Python ${python}.`
}
