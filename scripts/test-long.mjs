// @ts-check
/**
 * Runs all of what `npm test` leaves out or has a few of, in the files with long parts (test/support/long.ts) or with
 * inputs that are drawn (test/support/seeds.ts). What `npm test` runs in the same way is not run again
 * (test/support/long-runner.ts). By hand, the seeds are others each time, and are printed. For CI they are fixed: what
 * fails there fails again. Words are parts of the names of files: only those are run. With `--messages` or `--kills`, it
 * runs only the loops, the README's and eight that take, with so many messages, killed so often.
 */
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './project.mjs'
import { requireTestPrograms, run, setUp } from './setup.mjs'

const CI_SEEDS = [1, 2]
const LOOPS = ['test/together/loop-kills.test.ts', 'test/recv/take-loops.test.ts']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string', multiple: true },
    messages: { type: 'string' },
    kills: { type: 'string' },
  },
})
const isLoop = values.messages !== undefined || values.kills !== undefined
const { messages = '1000', kills = '50' } = values
const seeds =
  values.seed?.map(Number) ?? (values.seeds === undefined ? usualSeeds() : draw(Number(values.seeds)))
if (seeds.length === 0 || !seeds.every(Number.isSafeInteger)) {
  console.error('--seeds takes a number of 1 or more, --seed a whole number')
  process.exit(2)
}
if (![messages, kills].every((text) => /^[1-9]\d*$/.test(text))) {
  console.error('--messages and --kills take a number of 1 or more')
  process.exit(2)
}

requireTestPrograms()
await setUp()
console.log(`seeds: ${seeds.join(' ')}`)
const loop = isLoop ? { TEST_MESSAGES: messages, TEST_KILLS: kills } : {}
run('node_modules/.bin/vitest', ['run', ...(isLoop ? LOOPS : longFiles())], {
  ...process.env,
  ...loop,
  TEST_LONG: '1',
  TEST_SEEDS: seeds.join(','),
})

function usualSeeds() {
  if (process.env.CI === 'true') return CI_SEEDS
  return draw(isLoop ? 1 : 5)
}

/** @param {number} count */
function draw(count) {
  return Array.from({ length: count }, () => randomInt(2 ** 31))
}

function longFiles() {
  return ['test', 'packages/core/src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.test.ts'))
      .filter((path) => positionals.length === 0 || positionals.some((part) => path.includes(part)))
      .map((path) => join(folder, path))
      .filter((path) =>
        /from '.*support\/(?:long|seeds)'|\bitLong\b/.test(readFileSync(join(root, path), 'utf8')),
      )
      .sort(),
  )
}
