// @ts-check
import { spawnSync } from 'node:child_process'

/**
 * One thing to time: our command line, the script's (where there is one), and what makes both start alike.
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string[]} ours
 * @property {string[] | undefined} theirs
 * @property {NodeJS.ProcessEnv} env
 * @property {string} cwd
 * @property {number} [exitCode] What both must end with; 0 where not given.
 * @property {() => void} [before] Run before each single run, not timed.
 */

/**
 * Runs ours, the script and an empty node, in an order that changes by chance from round to round. Times in
 * milliseconds, the same round at the same index; the first round is not counted.
 * @param {Scenario} scenario
 * @param {number} rounds
 */
export function measure({ ours, theirs, env, cwd, before, exitCode }, rounds) {
  /** @type {Record<'ours' | 'theirs' | 'floor', number[]>} */
  const times = { ours: [], theirs: [], floor: [] }
  const lines = { ours, theirs, floor: [process.execPath, '-e', '0'] }
  for (let round = 0; round <= rounds; round++) {
    for (const name of shuffled(/** @type {const} */ (['ours', 'theirs', 'floor']))) {
      const line = lines[name]
      if (line === undefined) continue
      before?.()
      const time = timeOf(line, { env, cwd }, name === 'floor' ? 0 : (exitCode ?? 0))
      if (round > 0) times[name].push(time)
    }
  }
  return times
}

/**
 * @param {string[]} line
 * @param {{ env: NodeJS.ProcessEnv, cwd: string }} options
 * @param {number} expected
 */
function timeOf([program = '', ...args], options, expected) {
  const started = process.hrtime.bigint()
  const { status, stderr, error } = spawnSync(program, args, {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const time = Number(process.hrtime.bigint() - started) / 1e6
  if (status !== expected) {
    throw new Error(
      `${program} ${args.join(' ')}: exit ${status}, not ${expected}: ${error?.message ?? stderr}`,
    )
  }
  return time
}

/**
 * @template Item
 * @param {readonly Item[]} items
 */
function shuffled(items) {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** @param {readonly number[]} numbers */
export function median(numbers) {
  return quantile(numbers, 0.5)
}

/** @param {readonly number[]} numbers */
export function quartiles(numbers) {
  return [quantile(numbers, 0.25), quantile(numbers, 0.75)]
}

/**
 * @param {readonly number[]} numbers
 * @param {number} share
 */
function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
