// @ts-check
/** All that is measured: a new row of the report is a new row here. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { inboxOf, messageName, messageText } from './home.mjs'
import { BY_SSH, startMachine } from './machine.mjs'
import { burst, idle, latency } from './watcher.mjs'

/** @import { Contents } from './home.mjs' */
/** @import { WatchScenario } from './watcher.mjs' */
/** @import { World } from './world.mjs' */

/**
 * A command in a home.
 * @typedef {object} Scenario
 * @property {string} name Its first word is the command.
 * @property {Contents} [home] What is in it.
 * @property {string[] | ((home: string) => string[])} [args]
 * @property {Record<string, string>} [env] Added to what all have.
 * @property {(home: string, world: World) => void} [prepare] Adds to the home.
 * @property {(home: string) => void} [prepareRun] Comes before each run, and is not timed.
 * @property {number} [exitCode] What both must end with; 0 where not given.
 * @property {boolean} [isCore] The usual case of a command: measured on other nodes as well.
 * @property {boolean} [isLarge] Measured only with --all.
 * @property {number} [mostPairs] For what takes long: the most rounds.
 */

const SIZES = /** @type {const} */ ([
  ['2 KB', 2048, { isCore: true }],
  ['200 KB', 200 * 1024, {}],
  ['20 MB', 20 * 1024 * 1024, { mostPairs: 10 }],
])
const LARGE = { isLarge: true }

/** @type {Scenario[]} */
export const scenarios = [
  { name: 'status, 14 projects', home: { projects: 14, messages: 2 }, isCore: true },
  { name: 'status, 1,000 projects', home: { projects: 1000, messages: 2 } },
  { name: 'status, 10,000 projects', home: { projects: 10_000, messages: 1 }, ...LARGE, mostPairs: 10 },
  { name: 'status, inbox of 10', home: { messages: 10 } },
  { name: 'status, inbox of 1,000', home: { messages: 1000 } },
  { name: 'status, inbox of 100,000', home: { messages: 100_000 }, ...LARGE, mostPairs: 3 },

  recv('inbox of 10', 10),
  recv('inbox of 1,000', 1000),
  recv('inbox of 10,000', 10_000),
  recv('inbox of 10,000, all of one size', 10_000, { home: { messages: 10_000 }, ...LARGE }),
  recv('inbox of 10,000, the oldest', 10_000, { args: (home) => ['--no-verify', message(home)], ...LARGE }),
  recv('inbox of 100,000', 100_000, { ...LARGE, mostPairs: 3 }),
  ...SIZES.flatMap(([size, bytes, more]) => [
    recv(`${size}, not verified`, 1, { home: { messages: 1, size: bytes }, ...more }),
    recv(`${size}, signed`, 1, {
      home: { messages: 1, size: bytes },
      prepare: (home, world) => world.gpg('--armor', '--detach-sign', message(home)),
      args: (home) => [message(home)],
      ...more,
    }),
  ]),

  ...SIZES.flatMap(([size, bytes, more]) => [
    send(`${size}, unsigned`, 'local.p0', bytes, ['--no-sign'], more),
    send(`${size}, signed`, 'local.p0', bytes, [], more),
  ]),
  send('2 KB, signed, by ssh', 'peer0.p0', 2048, [], {
    home: { peers: 1 },
    prepare(home, world) {
      writeFileSync(`${home}/message.org`, messageText(0, 2048))
      startMachine(home, world)
    },
    env: BY_SSH,
  }),

  { name: 'discover, 14 projects, no peers', home: { projects: 14 }, args: ['--no-cache'], isCore: true },
  ...toPeers('discover', ['--no-cache'], 0),
  {
    name: 'discover, 1,000 peers down after 0.25 s',
    home: { peers: 1000 },
    args: ['--no-cache'],
    env: { BENCH_SSH_SECONDS: '0.25', BENCH_SSH_DOWN: '1' },
    ...LARGE,
    mostPairs: 1,
  },
  { name: 'halt', args: ['a reason'], isCore: true },
  ...toPeers('halt --tailnet', ['--tailnet', 'a reason'], 1),
  { name: 'resume, nothing to do', isCore: true },
  ...toPeers('resume --tailnet', ['--tailnet'], 1),

  // A watcher does not end. Where there is nothing to watch, it shows how long its start takes.
  { name: 'watch, start and give up', home: { projects: 0 }, args: ['--quiet'], exitCode: 1, isCore: true },
]

/** @type {WatchScenario[]} */
export const watchScenarios = [
  { name: 'watch, burst of 1,000', take: burst(1000), mostPairs: 3 },
  { name: 'watch, burst of 20,000', take: burst(20_000), mostPairs: 1, ...LARGE },
  { name: 'watch, rename to notification', take: latency },
  { name: 'watch, nothing arrives', take: idle, mostPairs: 1 },
]

/** @param {string} home */
function message(home, number = 0) {
  return `${inboxOf(home)}/${messageName(number)}`
}

/**
 * Reads the newest message, which has the most before it: recv looks among those for an earlier copy.
 * @param {string} what
 * @param {number} messages
 * @param {Partial<Scenario>} [more]
 * @returns {Scenario}
 */
function recv(what, messages, more) {
  const args = (/** @type {string} */ home) => ['--no-verify', message(home, messages - 1)]
  return { name: `recv, ${what}`, home: { messages, sizesVary: true }, args, ...more }
}

/**
 * Sends to an inbox that is empty each time.
 * @param {string} what
 * @param {string} destination
 * @param {number} bytes
 * @param {string[]} options
 * @param {Partial<Scenario>} more
 * @returns {Scenario}
 */
function send(what, destination, bytes, options, more) {
  const inbox = (/** @type {string} */ home) =>
    inboxOf(destination.startsWith('local') ? home : `${home}/peer`)
  return {
    name: `send, ${what}`,
    prepare: (home) => writeFileSync(`${home}/message.org`, messageText(0, bytes)),
    args: (home) => [...options, destination, `${home}/message.org`],
    prepareRun(home) {
      rmSync(inbox(home), { recursive: true, force: true })
      mkdirSync(inbox(home))
    },
    ...more,
  }
}

/**
 * Peers that answer, and peers that are down, which ssh says after a while: real ones take two or three seconds, by
 * the time-outs given to ssh. A thousand of those, one after the other, would take an hour.
 * @param {string} name
 * @param {string[]} args
 * @param {number} exitCode If they are down.
 * @returns {Scenario[]}
 */
function toPeers(name, args, exitCode) {
  const up = { args, env: { BENCH_SSH_SECONDS: '0.2' } }
  const down = { args, env: { BENCH_SSH_SECONDS: '1', BENCH_SSH_DOWN: '1' }, exitCode }
  return [
    { name: `${name}, 20 peers answer after 0.2 s`, home: { peers: 20 }, ...up, mostPairs: 3 },
    { name: `${name}, 1 peer down after 1 s`, home: { peers: 1 }, ...down, mostPairs: 3 },
    { name: `${name}, 20 peers down after 1 s`, home: { peers: 20 }, ...down, mostPairs: 1 },
  ]
}
