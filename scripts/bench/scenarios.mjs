// @ts-check
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { inboxOf, makePeers, makeProjects, messageName, messageText } from './homes.mjs'

/** @import { World } from './world.mjs' */

/**
 * One row: a command in a home of a certain size.
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} command
 * @property {(home: string, world: World) => Setting} prepare Fills an empty home.
 * @property {boolean} [isCore] What every run of every command comes to: also measured on other nodes.
 * @property {boolean} [isLarge] Only measured with --all.
 * @property {number} [mostPairs] For what takes long: no more pairs than these, however many are asked for.
 * @property {number} [exitCode] What both must end with; 0 where not given.
 */

/**
 * @typedef {object} Setting
 * @property {string[]} args
 * @property {Record<string, string>} [env] Beside what all have.
 * @property {() => void} [before] Run before each single run, not timed.
 */

const BODIES = /** @type {const} */ ([
  { size: 2048, name: '2 KB', isCore: true },
  { size: 200 * 1024, name: '200 KB' },
  { size: 20 * 1024 * 1024, name: '20 MB', mostPairs: 10 },
])

/** @type {Scenario[]} */
export const scenarios = [
  status('14 projects', { projects: 14, messages: 2 }, { isCore: true }),
  status('1,000 projects', { projects: 1000, messages: 2 }),
  status('10,000 projects', { projects: 10_000, messages: 1 }, { isLarge: true, mostPairs: 10 }),
  status('inbox of 10', { messages: 10 }),
  status('inbox of 1,000', { messages: 1000 }),
  status('inbox of 100,000', { messages: 100_000 }, { isLarge: true, mostPairs: 3 }),
  status(
    '100 inboxes of 1,000, 8 KB each',
    { projects: 100, messages: 1000, size: 8192 },
    { isLarge: true, mostPairs: 5 },
  ),

  recv('inbox of 10', 10),
  recv('inbox of 1,000', 1000),
  recv('inbox of 10,000', 10_000),
  recv('inbox of 10,000, all of one size', 10_000, { isLarge: true }, { sizesVary: false }),
  recv('inbox of 10,000, the oldest', 10_000, { isLarge: true }, { isOldest: true }),
  recv('inbox of 100,000', 100_000, { isLarge: true, mostPairs: 3 }),
  ...BODIES.flatMap(({ size, name, ...more }) => [
    recvBody(`${name}, not verified`, size, false, more),
    recvBody(`${name}, signed`, size, true, more),
  ]),
  ...BODIES.flatMap(({ size, name, ...more }) => [
    send(`${name}, unsigned`, size, false, more),
    send(`${name}, signed`, size, true, more),
  ]),

  {
    name: 'discover, 14 projects, no peers',
    command: 'discover',
    isCore: true,
    prepare(home) {
      makeProjects(home, { projects: 14 })
      return { args: ['--no-cache'] }
    },
  },
  peers('discover', ['--no-cache'], 0, 1, 1, { mostPairs: 3 }),
  peers('discover', ['--no-cache'], 0, 20, 1, { mostPairs: 2 }),
  peers('discover', ['--no-cache'], 0, 1000, 0.25, { isLarge: true, mostPairs: 1 }),
  { name: 'halt', command: 'halt', isCore: true, prepare: () => ({ args: ['a reason'] }) },
  peers('halt', ['--tailnet', 'a reason'], 1, 1, 1, { mostPairs: 3 }),
  peers('halt', ['--tailnet', 'a reason'], 1, 20, 1, { mostPairs: 2 }),
  peers('halt', ['--tailnet', 'a reason'], 1, 1000, 0.25, { isLarge: true, mostPairs: 1 }),
  { name: 'resume, nothing to do', command: 'resume', isCore: true, prepare: () => ({ args: [] }) },
  // Watching has no end: how long its start takes shows where there is nothing to watch.
  {
    name: 'watch, start and give up',
    command: 'watch',
    isCore: true,
    exitCode: 1,
    prepare: () => ({ args: ['--quiet'] }),
  },
]

/**
 * @param {string} size
 * @param {{ projects?: number, messages?: number, size?: number }} sizes
 * @param {Partial<Scenario>} [more]
 * @returns {Scenario}
 */
function status(size, sizes, more) {
  return {
    name: `status, ${size}`,
    command: 'status',
    prepare(home) {
      makeProjects(home, sizes)
      return { args: [] }
    },
    ...more,
  }
}

/**
 * Whether it is a copy of an earlier message has to be found out among all of them: of the newest one, unless
 * told otherwise, which has the most before it.
 * @param {string} size
 * @param {number} messages
 * @param {Partial<Scenario>} [more]
 * @param {{ sizesVary?: boolean, isOldest?: boolean }} [inbox]
 * @returns {Scenario}
 */
function recv(size, messages, more, { sizesVary = true, isOldest = false } = {}) {
  return {
    name: `recv, ${size}`,
    command: 'recv',
    prepare(home) {
      makeProjects(home, { messages, sizesVary })
      const message = `${inboxOf(home)}/${messageName(isOldest ? 0 : messages - 1)}`
      return { args: ['--no-verify', message] }
    },
    ...more,
  }
}

/**
 * @param {string} name
 * @param {number} size
 * @param {boolean} isSigned
 * @param {Partial<Scenario>} [more]
 * @returns {Scenario}
 */
function recvBody(name, size, isSigned, more) {
  return {
    name: `recv, ${name}`,
    command: 'recv',
    prepare(home, world) {
      const message = makeProjects(home, { messages: 1, size })
      if (isSigned) world.gpg('--armor', '--detach-sign', message)
      return { args: isSigned ? [message] : ['--no-verify', message] }
    },
    ...more,
  }
}

/**
 * To a project of this machine, whose inbox is empty each time.
 * @param {string} name
 * @param {number} size
 * @param {boolean} isSigned
 * @param {Partial<Scenario>} [more]
 * @returns {Scenario}
 */
function send(name, size, isSigned, more) {
  return {
    name: `send, ${name}`,
    command: 'send',
    prepare(home) {
      makeProjects(home)
      const message = `${home}/message.org`
      writeFileSync(message, messageText('bench', size))
      return {
        args: [...(isSigned ? [] : ['--no-sign']), 'local.p0', message],
        before() {
          rmSync(inboxOf(home), { recursive: true, force: true })
          mkdirSync(inboxOf(home))
        },
      }
    },
    ...more,
  }
}

/**
 * With peers that are all down, which ssh says after some seconds: true ones take two or three, by the time-outs that
 * ssh is given, which a thousand of them one after the other would make an hour.
 * @param {string} command
 * @param {string[]} args
 * @param {number} exitCode
 * @param {number} count
 * @param {number} seconds
 * @param {Partial<Scenario>} [more]
 * @returns {Scenario}
 */
function peers(command, args, exitCode, count, seconds, more) {
  const words = [command, ...args].includes('--tailnet') ? `${command} --tailnet` : command
  return {
    name: `${words}, ${count.toLocaleString('en')} ${count === 1 ? 'peer' : 'peers'} down after ${seconds} s`,
    command,
    exitCode,
    prepare(home) {
      makePeers(home, count)
      return { args, env: { BENCH_SSH_SECONDS: String(seconds) } }
    },
    ...more,
  }
}
