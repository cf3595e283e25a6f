// @ts-check
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { mainOf } from '../project.mjs'
import { runToEnd, timeOf } from './processes.mjs'
import { median, shuffled } from './statistics.mjs'

/** @import { Call } from './processes.mjs' */
/** @import { Scenario } from './scenarios.mjs' */
/** @import { World } from './world.mjs' */

const HOOK = fileURLToPath(new URL('budget-hook.cjs', import.meta.url))

/**
 * Where the milliseconds of a command go. The parts are medians of their own, measured in runs with a hook;
 * `whole` and `node` are runs without it.
 * @typedef {object} Budget
 * @property {string} name
 * @property {number} runs
 * @property {number} whole
 * @property {number} node An empty node, whole.
 * @property {Record<Part, number | null>} parts Null for what there was none of.
 */

/** @typedef {(typeof PARTS)[number][0]} Part */

/** Each part, where it begins and where it ends. */
const PARTS = /** @type {const} */ ([
  // The new process, until node is there.
  ['create', 'started', 'created'],
  // Node gets itself ready for the first line of anybody else.
  ['bootstrap', 'created', 'hooked'],
  // All until the command looks at its arguments; the next three are parts of it, where they can be told apart.
  ['load', 'ready', 'evaluated'],
  // Node finds the bin, which reads the code and its cache.
  ['read', 'ready', 'read'],
  ['compile', 'read', 'compiled'],
  // The modules of the command run.
  ['evaluate', 'compiled', 'evaluated'],
  // What the command is for, other programs included.
  ['work', 'evaluated', 'done'],
  // From the end of the work until whoever started the command knows of it.
  ['exit', 'reported', 'ended'],
])

export const partNames = PARTS.map(([name]) => name)

/**
 * Measures the budget of a command, or of an empty node.
 * @param {Scenario | undefined} scenario
 * @param {World} world
 * @param {number} runs
 * @returns {Promise<Budget>}
 */
export async function measureBudget(scenario, world, runs) {
  return world.withHome(async (home) => {
    const { args, before, env } = scenario?.prepare(home, world) ?? { args: [] }
    const floor = world.floor()
    const command = scenario && world.ours(scenario.command, home, args)
    const exitCode = scenario?.exitCode ?? 0
    const call = command === undefined ? floor : { ...command, exitCode, env: { ...command.env, ...env } }
    const bundle = scenario && mainOf(scenario.command)
    /** @type {number[]} */
    const whole = []
    /** @type {number[]} */
    const empty = []
    /** @type {Record<string, bigint>[]} */
    const marks = []
    const measurements = [
      async () => whole.push(await timeOf(call)),
      async () => empty.push(await timeOf(floor)),
      async () => marks.push(await marksOf(call, bundle, `${world.scratch}/marks.json`)),
    ]
    for (let round = 0; round <= runs; round++) {
      for (const measureOne of shuffled(measurements)) {
        before?.()
        await measureOne()
      }
      // The first round warms up.
      if (round === 0) for (const series of [whole, empty, marks]) series.pop()
    }
    const name = scenario?.name ?? 'node -e 0'
    return { name, runs, whole: median(whole), node: median(empty), parts: partsOf(marks, bundle) }
  })
}

/**
 * @param {Call} call
 * @param {string | undefined} bundle
 * @param {string} file
 */
async function marksOf(call, bundle, file) {
  const [node = '', ...args] = call.line
  const { started, ended } = await runToEnd({
    ...call,
    line: [node, '--require', HOOK, ...args],
    env: { ...call.env, BENCH_MARKS: file, ...(bundle && { BENCH_BUNDLE: bundle }) },
  })
  /** @type {Record<string, string>} */
  const marks = JSON.parse(readFileSync(file, 'utf8'))
  const times = Object.entries(marks).map(([name, time]) => [name, BigInt(time)])
  return { ...Object.fromEntries(times), started, ended }
}

/**
 * @param {Record<string, bigint>[]} runs
 * @param {string | undefined} bundle
 */
function partsOf(runs, bundle) {
  const entries = PARTS.map(([name, begin, end]) => {
    // An empty node has no bundle: all it does is work.
    const from = bundle === undefined && name === 'work' ? 'ready' : begin
    const times = runs.flatMap((marks) => {
      const [first, last] = [marks[from], marks[end]]
      return first === undefined || last === undefined ? [] : [Number(last - first) / 1e6]
    })
    return [name, times.length === 0 ? null : median(times)]
  })
  return Object.fromEntries(entries)
}
