// @ts-check
/** Runs the tests that draw their inputs from seeds by chance, as many as one likes, and those that kill at random moments: see test.mjs. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { requireSystemPrograms, run, setUp } from './setup.mjs'

const SEEDED = ['fuzz', 'hostile', 'hostile-names', 'conformance/generated']
/** How often senders are killed, and their connections cut. */
const KILLS = '30'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10' }, seed: { type: 'string', multiple: true } },
})
const count = Number(values.seeds)
const seeds = values.seed?.map(Number) ?? Array.from({ length: count }, () => randomInt(2 ** 31))
if (seeds.length === 0 || !seeds.every(Number.isSafeInteger)) {
  console.error('--seeds takes a number of 1 or more, --seed a whole number')
  process.exit(2)
}

requireSystemPrograms()
await setUp()
console.log(`seeds: ${seeds.join(' ')}`)
const files = [...SEEDED, 'outbox'].map((name) => `test/${name}.test.ts`)
run('node_modules/.bin/vitest', ['run', ...files], {
  ...process.env,
  TEST_SEEDS: seeds.join(','),
  TEST_KILLS: KILLS,
})
