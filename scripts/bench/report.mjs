// @ts-check
import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { canTellPeak, measureCommand } from './measure.mjs'
import { checkCommands, fetchNode } from './nodes.mjs'
import { scenarios, watchScenarios } from './scenarios.mjs'
import { cellsOf, commandTitles, textLine, watcherTitles } from './tables.mjs'
import { measureWatcher } from './watcher.mjs'
import { World } from './world.mjs'

/** @import { Row } from './measure.mjs' */

/**
 * @typedef {object} Report
 * @property {string} about When and on what it was measured.
 * @property {Row[]} commands
 * @property {Row[]} watcher
 * @property {{ version: string, rows: Row[] }[]} nodes
 */

/**
 * Measures all that is wanted, and prints each line as soon as it is known.
 * @param {object} options
 * @param {string | undefined} options.reference The folder of the scripts.
 * @param {number} options.pairs
 * @param {boolean} options.isAll
 * @param {string[]} options.versions Of other nodes. Unless `isAll`, nothing but these is measured.
 * @param {string} options.only
 * @returns {Promise<Report>}
 */
export async function measureReport({ reference, pairs, isAll, versions, only }) {
  // Before anything is measured: that a version cannot be had should not show only at the end.
  const others = versions.map((version) => fetchNode(version))
  const world = new World(reference)
  const isWanted = (/** @type {{ name: string, isLarge?: boolean }} */ { name, isLarge = false }) =>
    name.includes(only) && (isAll || !isLarge)
  const wanted = scenarios.filter(isWanted)
  const watched = watchScenarios.filter(isWanted)
  if (wanted.length + watched.length === 0)
    throw new Error(`--only ${only}: no row has that in its name${isAll ? '' : ' (--all has more rows)'}`)
  if (!canTellPeak) console.log('peak memory needs GNU time: apt-get install time')

  /** @type {Report} */
  const report = { about: about(), commands: [], watcher: [], nodes: [] }
  if (others.length === 0 || isAll) {
    report.commands = await table(
      `Commands, on node ${process.versions.node}`,
      commandTitles,
      wanted,
      (scenario) => measureCommand(scenario, world, pairs),
    )
    report.watcher = await table('The watcher', watcherTitles, watched, (scenario) =>
      measureWatcher(scenario, world, pairs),
    )
  }
  const core = wanted.filter(({ isCore }) => isCore)
  for (const node of others) {
    const version = checkCommands(node, world)
    const rows = await table(`Commands, on node ${version}: all run`, commandTitles, core, (scenario) =>
      measureCommand(scenario, world, pairs, node),
    )
    report.nodes.push({ version, rows })
  }
  return report
}

/**
 * Measures scenarios, and prints a title if there are any.
 * @template Wanted
 * @param {string} title
 * @param {readonly string[]} titles
 * @param {readonly Wanted[]} scenarios
 * @param {(scenario: Wanted) => Promise<Row | Row[]>} measure
 */
async function table(title, titles, scenarios, measure) {
  if (scenarios.length > 0) console.log(`\n${title}\n${textLine(titles)}`)
  const all = []
  for (const scenario of scenarios) {
    const rows = [await measure(scenario)].flat()
    for (const row of rows) console.log(textLine(cellsOf(row)))
    all.push(...rows)
  }
  return all
}

function about() {
  const { stdout } = spawnSync('/usr/bin/python3', ['--version'], { encoding: 'utf8' })
  const platform = `${process.platform}-${process.arch}, ${cpus().length} cores, node ${process.versions.node}`
  return `${new Date().toISOString().slice(0, 10)}: ${platform}, ${stdout?.trim() || 'no Python'}`
}
