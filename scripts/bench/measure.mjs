// @ts-check
/** Measures whole processes, side by side: ours, the script, and a node that does nothing. */
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fillHome } from './scenarios.mjs'
import { removeFolder } from './world.mjs'

/** @import { Scenario } from './scenarios.mjs' */
/** @import { Call, World } from './world.mjs' */

/** @typedef {{ name: string, values: number[][] }} Row Of ours, the script and an empty node, round by round. */

/**
 * Measures a command in a home of its own, in milliseconds.
 * @param {Scenario} scenario @param {World} world @param {number} pairs
 * @param {string} [node] The path of another one.
 */
export async function measureCommand(scenario, world, pairs, node) {
  const { name, args = [], mostPairs = Number.POSITIVE_INFINITY } = scenario
  const home = world.makeHome()
  await fillHome(world, home, scenario.home ?? {})
  scenario.prepare?.(home, world)
  const words = typeof args === 'function' ? args(home) : args
  const { ours, script, empty } = world.calls(name.split(/\W/)[0] ?? '', home, words, node)
  const values = await takeTurns([ours, script, empty], Math.min(pairs, mostPairs), (call) => {
    scenario.prepareRun?.(home, world)
    return run(call, world, call === empty ? 0 : scenario.exitCode)
  })
  // Large ones should not fill the disk.
  removeFolder(home)
  return { name, values }
}

/** Milliseconds after which V8 has cleared up after the start, and the watcher is idle. */
const SETTLING = 30_000

/** Megabytes of a watcher to which nothing comes, with all that it started. @param {string} name @param {World} world */
export async function measureIdleWatcher(name, world) {
  const home = world.makeHome()
  await fillHome(world, home, { projects: 14 })
  const { ours, script } = world.calls('watch', home, ['--quiet', '--no-notify'])
  const children = [ours, script].map((call) => call && world.start(call, 'ignore'))
  await sleep(SETTLING)
  const values = children.map((child) => (child?.pid === undefined ? [] : [memoryOf(child.pid)]))
  for (const child of children) if (child !== undefined) world.kill(child)
  return { name, values }
}

/** @param {number} group Of processes. */
function memoryOf(group) {
  const { stdout } = spawnSync('ps', ['-eo', 'pgid=,rss='], { encoding: 'utf8' })
  const processes = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const kilobytes = processes.map(([id, size = 0]) => (id === group ? size : 0))
  return (kilobytes.reduce((total, size) => total + size, 0) * 1024) / 1e6
}

/**
 * Takes each call once a round, in an order that changes by chance: whatever else the machine does falls on all of
 * them alike. Where there are many rounds, one that does not count comes first, to warm up.
 * @param {readonly (Call | undefined)[]} calls @param {number} rounds @param {(call: Call) => Promise<number>} take
 * @returns {Promise<number[][]>} The values of each; none where it is undefined.
 */
async function takeTurns(calls, rounds, take) {
  const sides = calls.map((call) => ({ call, values: /** @type {number[]} */ ([]), place: 0 }))
  for (let round = rounds > 3 ? 0 : 1; round <= rounds; round++) {
    for (const side of sides) side.place = Math.random()
    for (const { call, values } of sides.toSorted((a, b) => a.place - b.place)) {
      const value = call && (await take(call))
      if (value !== undefined && round > 0) values.push(value)
    }
  }
  return sides.map(({ values }) => values)
}

/**
 * Runs a program to its end, and returns the milliseconds. Throws if it ends otherwise than it should.
 * @type {(call: Call, world: World, exitCode?: number) => Promise<number>}
 */
function run(call, world, exitCode = 0) {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = world.start(call, ['ignore', 'ignore', 'pipe'])
    let milliseconds = 0
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text))
    child.once('error', reject)
    child.once('exit', () => (milliseconds = performance.now() - started))
    child.once('close', (code, signal) => {
      if (code === exitCode) return resolve(milliseconds)
      reject(new Error(`${call.line.join(' ')}: exit ${code ?? signal}, not ${exitCode}: ${stderr.trim()}`))
    })
  })
}
