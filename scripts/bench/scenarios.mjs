// @ts-check
/** All that is measured: a new row of the report is a new row here. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'

/** @import { World } from './world.mjs' */

/**
 * @typedef {object} Scenario A command in a home.
 * @property {string} name Its first word is the command.
 * @property {Contents} [home] What is in it.
 * @property {string[] | ((home: string) => string[])} [args]
 * @property {(home: string, world: World) => void} [prepare] Adds to the home.
 * @property {(home: string, world: World) => void} [prepareRun] Comes before each run, and is not timed.
 * @property {number} [exitCode] What both must end with; 0 where not given.
 * @property {boolean} [isCore] The usual case of a command: measured on other nodes as well.
 * @property {boolean} [isLarge] Measured only by --only and --publish.
 * @property {number} [mostPairs] For what takes long: the most rounds.
 */

/**
 * `messages` in each project, of about `size` bytes, up to twice as many if `sizesVary`. All `peers` are one machine.
 * @typedef {{ projects?: number, messages?: number, size?: number, sizesVary?: boolean, peers?: number }} Contents
 */

const SIZES = /** @type {const} */ ([
  ['2 KB', 2048, { isCore: true }],
  ['200 KB', 200 * 1024, {}],
  ['20 MB', 20 * 1024 * 1024, { mostPairs: 10 }],
])
const LARGE = { isLarge: true, mostPairs: 3 }
const PEERS = { home: { peers: 5 }, mostPairs: 10 }

/** @type {Scenario[]} */
export const scenarios = [
  { name: 'status, 14 projects', home: { projects: 14, messages: 2 }, isCore: true },
  { name: 'status, 1,000 projects', home: { projects: 1000, messages: 2 } },
  { name: 'status, 10,000 projects', home: { projects: 10_000, messages: 1 }, ...LARGE },
  { name: 'status, inbox of 1,000', home: { messages: 1000 } },
  { name: 'status, inbox of 100,000', home: { messages: 100_000 }, ...LARGE },
  recv('inbox of 1,000', 1000, {}),
  recv('inbox of 10,000', 10_000, {}),
  recv('inbox of 10,000, all of one size', 10_000, { home: { messages: 10_000 }, ...LARGE }),
  recv('inbox of 100,000', 100_000, LARGE),
  ...SIZES.flatMap(([size, bytes, more]) => [
    recv(`${size}, not verified`, 1, { home: { messages: 1, size: bytes }, ...more }),
    recv(`${size}, signed`, 1, {
      home: { messages: 1, size: bytes },
      prepare: (home, world) => world.gpg('--armor', '--detach-sign', message(home)),
      args: (home) => [message(home)],
      ...more,
    }),
    send(`${size}, unsigned`, 'local.p0', bytes, ['--no-sign'], more),
    send(`${size}, signed`, 'local.p0', bytes, [], more),
  ]),
  send('2 KB, signed, by ssh', 'peer0.p0', 2048, [], { home: { peers: 1 } }),
  { name: 'discover, 14 projects, no peers', home: { projects: 14 }, args: ['--no-cache'], isCore: true },
  { name: 'discover, 5 peers by ssh', args: ['--no-cache'], ...PEERS },
  { name: 'halt', args: ['a reason'], isCore: true },
  { name: 'halt, 5 peers by ssh', args: ['--tailnet', 'a reason'], ...PEERS },
  { name: 'resume, nothing to do', isCore: true },
  { name: 'resume, 5 peers by ssh', args: ['--tailnet'], ...PEERS },
  // A watcher does not end. Where there is nothing to watch, it shows how long its start takes.
  { name: 'watch, start and give up', home: { projects: 0 }, args: ['--quiet'], exitCode: 1, isCore: true },
]

/**
 * Reads the newest message, which has the most before it: recv looks among those for an earlier copy.
 * @type {(what: string, messages: number, more: Partial<Scenario>) => Scenario}
 */
function recv(what, messages, more) {
  const args = (/** @type {string} */ home) => ['--no-verify', message(home, messages - 1)]
  return { name: `recv, ${what}`, home: { messages, sizesVary: true }, args, ...more }
}

/**
 * Sends to an inbox that is empty each time.
 * @type {(what: string, to: string, bytes: number, options: string[], more: Partial<Scenario>) => Scenario}
 */
function send(what, to, bytes, options, more) {
  return {
    name: `send, ${what}`,
    prepare: (home) => writeFileSync(`${home}/message.org`, messageText(0, bytes)),
    args: (home) => [...options, to, `${home}/message.org`],
    prepareRun(home, { peer }) {
      const inbox = inboxOf(to.startsWith('local') ? home : peer)
      rmSync(inbox, { recursive: true, force: true })
      mkdirSync(inbox)
    },
    ...more,
  }
}

/** @param {World} world @param {string} home @param {Contents} contents */
export async function fillHome(
  world,
  home,
  { projects = 1, messages = 0, size = 2048, sizesVary = false, peers = 0 },
) {
  for (let project = 0; project < projects; project++) {
    makeProject(home, project)
    for (let number = 0; number < messages; number++) {
      const bytes = sizesVary ? size + ((number * 7919) % size) : size
      writeFileSync(message(home, number, project), messageText(number, bytes))
    }
  }
  if (peers === 0) return
  await world.startMachine()
  makeProject(world.peer, 0)
  const folder = `${home}/.config/cross-agent-comms`
  mkdirSync(folder, { recursive: true })
  const tables = Array.from({ length: peers }, (_, n) => `[peers.peer${n}]\nhost = "peer${n}.example"\n`)
  writeFileSync(`${folder}/peers.toml`, tables.join('\n'))
}

/** @param {string} home @param {number} project */
function makeProject(home, project) {
  for (const folder of [inboxOf(home, project), `${home}/projects/p${project}/.ai`])
    mkdirSync(folder, { recursive: true })
}

/** @param {string} home */
const inboxOf = (home, project = 0) => `${home}/projects/p${project}/inbox/from-agents`

/** @param {string} home */
const message = (home, number = 0, project = 0) =>
  `${inboxOf(home, project)}/20260427T${String(number).padStart(6, '0')}Z-from-mill-talk-${number}.org`

/** @param {number} number @param {number} size Bytes, about. */
function messageText(number, size) {
  const fields = `#+TITLE: Measured\n#+CONVERSATION_ID: talk-${number}\n#+MESSAGE_TYPE: request\n#+SEQUENCE: 1`
  const more = '#+TIMESTAMP: 2026-04-27T04:11:42-05:00\n#+PROTOCOL_VERSION: 5\n\n'
  return `${fields}\n${more}${'Three sacks of flour, please.\n'.repeat(Math.ceil(size / 30))}`
}
