// @ts-check
import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { measureBudget } from './budget.mjs'
import { measureCommand } from './commands.mjs'
import { checkCommands, fetchNode } from './nodes.mjs'
import { canTellPeakMemory } from './processes.mjs'
import { scenarios } from './scenarios.mjs'
import { budgetColumns, rowColumns, textLine, titleLine, watchColumns, watchLines } from './tables.mjs'
import { measureWatching } from './watching.mjs'
import { World } from './world.mjs'

/** @import { Budget } from './budget.mjs' */
/** @import { Row } from './commands.mjs' */
/** @import { Watching } from './watching.mjs' */

/**
 * @typedef {object} Report
 * @property {{ date: string, node: string, python: string | null, platform: string, cores: number }} about
 * @property {Row[]} rows
 * @property {Watching} watching
 * @property {Budget[]} budgets
 * @property {{ version: string, rows: Row[] }[]} nodes
 */

/**
 * Measures everything that is wanted.
 * @param {object} options
 * @param {string | undefined} options.reference
 * @param {number} options.pairs
 * @param {boolean} options.isAll
 * @param {string[]} options.versions
 * @param {boolean} options.isOnlyNodes
 * @param {(name: string) => boolean} options.wants
 * @param {(line: string) => void} options.print Gets each line as soon as it is known.
 * @returns {Promise<Report>}
 */
export async function measureReport({ reference, pairs, isAll, versions, isOnlyNodes, wants, print }) {
  // Before anything is measured: a version that cannot be had should not be found out at the end.
  const nodes = versions.map((version) => fetchNode(version))
  const world = new World(reference)
  /** @type {Report} */
  const report = {
    about: {
      date: new Date().toISOString(),
      node: process.version.slice(1),
      python: reference === undefined ? null : pythonVersion(),
      platform: `${process.platform}-${process.arch}`,
      cores: cpus().length,
    },
    rows: [],
    watching: { bursts: [], notify: null, latency: null, idle: null },
    budgets: [],
    nodes: [],
  }
  const wanted = scenarios.filter(({ name, isLarge }) => wants(name) && (isAll || !isLarge))
  const core = wanted.filter(({ isCore }) => isCore)

  if (!isOnlyNodes) {
    if (!canTellPeakMemory) print('peak memory needs GNU time: apt-get install time')
    print(`\nCommands, on node ${report.about.node}\n${titleLine(rowColumns)}`)
    for (const scenario of wanted) {
      const row = await measureCommand(scenario, world, { pairs })
      report.rows.push(row)
      print(textLine(rowColumns, row))
    }
    print(`\nThe watcher\n${titleLine(watchColumns)}`)
    report.watching = await measureWatching(world, {
      isAll,
      wants,
      report: (part) =>
        print(
          watchLines(part)
            .map((line) => textLine(watchColumns, line))
            .join('\n'),
        ),
    })
    print(`\nWhere the milliseconds go\n${titleLine(budgetColumns)}`)
    for (const scenario of [undefined, ...core]) {
      const budget = await measureBudget(scenario, world, pairs)
      report.budgets.push(budget)
      print(textLine(budgetColumns, budget))
    }
  }

  for (const node of nodes) {
    const version = await checkCommands(node, world)
    print(`\nCommands, on node ${version}, on which all seven run\n${titleLine(rowColumns)}`)
    const rows = []
    for (const scenario of core) {
      const row = await measureCommand(scenario, world, { pairs, node })
      rows.push(row)
      print(textLine(rowColumns, row))
    }
    report.nodes.push({ version, rows })
  }
  return report
}

function pythonVersion() {
  const { stdout } = spawnSync('/usr/bin/python3', ['--version'], { encoding: 'utf8' })
  return stdout.trim().replace('Python ', '')
}
