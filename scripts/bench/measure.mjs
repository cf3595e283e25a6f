// @ts-check
/** Measures whole processes, side by side. */
import { existsSync } from 'node:fs'
import { fillHome } from './home.mjs'
import { median, pairwiseRatios, shuffled } from './statistics.mjs'

/** @import { Scenario } from './scenarios.mjs' */
/** @import { Spread } from './statistics.mjs' */
/** @import { Call, World } from './world.mjs' */

/**
 * One figure: medians of rounds, and ratios of the values of one round. NaN stands for what was not measured.
 * @typedef {object} Row
 * @property {string} name
 * @property {string} unit
 * @property {number} pairs The number of rounds.
 * @property {number} ours
 * @property {number} script
 * @property {Spread} toScript
 * @property {number[]} [parts] Of ours, milliseconds: node's own, those that load the command, and those of its work.
 * @property {number[]} [peaks] Megabytes of the largest process, of ours and of the script.
 */

const TIME = '/usr/bin/time'
export const canTellPeak = existsSync(TIME)

/**
 * Measures a command in a home of its own.
 * @param {Scenario} scenario
 * @param {World} world
 * @param {number} pairs
 * @param {string} [node] The path of another one.
 * @returns {Promise<Row>}
 */
export function measureCommand(scenario, world, pairs, node) {
  const { name, home: contents = {}, args = [], mostPairs = Number.POSITIVE_INFINITY } = scenario
  return world.withHome(async (home) => {
    fillHome(home, contents)
    scenario.prepare?.(home, world)
    const [command = ''] = name.split(/\W/)
    const calls = world.calls(command, home, typeof args === 'function' ? args(home) : args, node)
    const runOnce = (/** @type {Call} */ call, /** @type {string[]} */ ...before) => {
      scenario.prepareRun?.(home)
      const exitCode = call === calls.ours || call === calls.script ? scenario.exitCode : 0
      return run({ line: [...before, ...call.line], env: { ...call.env, ...scenario.env } }, world, exitCode)
    }
    const timed = [calls.ours, calls.script, calls.empty, calls.load]
    const [ours = [], script = [], empty = [], load = []] = await takeTurns(
      timed,
      Math.min(pairs, mostPairs),
      async (call) => (await runOnce(call)).milliseconds,
    )
    // GNU time is one more process to start, so its runs are no good for times. Node tells no usage of a child.
    // What runs only once takes minutes, and should not run again for its memory alone.
    const isPeakWanted = canTellPeak && mostPairs > 1
    // -q: no words about exit codes other than 0, so that the figure is the last line.
    const peaks = await takeTurns([calls.ours, calls.script], isPeakWanted ? 1 : 0, async (call) => {
      const { stderr } = await runOnce(call, TIME, '-q', '-f', '%M')
      return (Number(stderr.trim().split('\n').at(-1)) * 1024) / 1e6
    })
    return {
      ...compare(name, 'ms', [ours, script]),
      parts: [median(empty), medianDifference(load, empty), medianDifference(ours, load)],
      peaks: peaks.map(median),
    }
  })
}

/**
 * Takes each of the items once a round, in an order that changes by chance: whatever else the machine does falls
 * on all of them alike. Where there are many rounds, one that does not count comes first, to warm up.
 * @template Item, Outcome
 * @param {readonly (Item | undefined)[]} items
 * @param {number} rounds
 * @param {(item: Item) => Promise<Outcome>} take
 * @returns {Promise<Outcome[][]>} The outcomes of each item; none where it is undefined.
 */
export async function takeTurns(items, rounds, take) {
  const sides = items.map((item) => ({ item, outcomes: /** @type {Outcome[]} */ ([]) }))
  for (let round = rounds > 3 ? 0 : 1; round <= rounds; round++) {
    for (const { item, outcomes } of shuffled(sides)) {
      if (item === undefined) continue
      const outcome = await take(item)
      if (round > 0) outcomes.push(outcome)
    }
  }
  return sides.map(({ outcomes }) => outcomes)
}

/**
 * @param {string} name
 * @param {string} unit
 * @param {readonly number[][]} values Of ours and of the script.
 * @returns {Row}
 */
export function compare(name, unit, [ours = [], script = []]) {
  const toScript = pairwiseRatios(ours, script)
  return { name, unit, pairs: ours.length, ours: median(ours), script: median(script), toScript }
}

/**
 * @param {readonly number[]} wholes
 * @param {readonly number[]} parts
 */
function medianDifference(wholes, parts) {
  return median(wholes.map((whole, index) => whole - (parts[index] ?? Number.NaN)))
}

/**
 * Runs a program to its end. Throws if it ends otherwise than it should.
 * @param {Call} call
 * @param {World} world
 * @returns {Promise<{ milliseconds: number, stderr: string }>}
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
      if (code === exitCode) return resolve({ milliseconds, stderr })
      reject(new Error(`${call.line.join(' ')}: exit ${code ?? signal}, not ${exitCode}: ${stderr.trim()}`))
    })
  })
}
