// @ts-check
/**
 * Runs what takes long: the tests that draw their inputs from seeds, as many as one likes, those that kill at random
 * moments, and those with many at once (see test.mjs). With `--messages` or `--kills`, it runs the README's loop alone,
 * with so many messages, killed so often.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { requireTestPrograms, run, setUp } from './setup.mjs'

const SEEDED = [
  'together/fuzz',
  'together/hostile',
  'together/hostile-names',
  'together/login-shells',
  'together/shells-of-peers',
  'conformance/generated',
]
/** Those with many at once. */
const CROWDED = ['together/load', 'together/everything']
/** How often senders are killed, and their connections cut; how many messages the README's loop gets meanwhile. */
const KILLS = '30'
const MESSAGES = '40'
/** How many send to one inbox. */
const SENDERS = '300'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string', multiple: true },
    messages: { type: 'string' },
    kills: { type: 'string' },
  },
})
const isLoop = values.messages !== undefined || values.kills !== undefined
const { messages = '1000', kills = '50' } = values
const count = Number(values.seeds ?? (isLoop ? '1' : '10'))
const seeds = values.seed?.map(Number) ?? Array.from({ length: count }, () => randomInt(2 ** 31))
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
const files = (
  isLoop
    ? ['together/loop-kills']
    : [
        ...SEEDED,
        ...CROWDED,
        'together/loop-kills',
        'send/crash',
        'recv/done-crash',
        'send/outbox',
        'recv/large-messages',
      ]
).map((name) => `test/${name}.test.ts`)
const loop = isLoop
  ? { TEST_MESSAGES: messages, TEST_KILLS: kills }
  : { TEST_MESSAGES: MESSAGES, TEST_KILLS: KILLS, TEST_SENDERS: SENDERS }
run('node_modules/.bin/vitest', ['run', ...files], { ...process.env, ...loop, TEST_SEEDS: seeds.join(',') })
