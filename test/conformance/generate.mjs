// @ts-check
import { makeRandom } from './random.mjs'
import { plainMessage, randomMessage } from './random-message.mjs'

/**
 * @import { Case, FileParts, GeneratedCase } from './types'
 * @import { Random } from './random.mjs'
 */

export const RECORDED_SEED = 20260301

const RECV = /** @type {const} */ ({ same: 210, A2: 25, B2: 15 })
const STATUS = /** @type {const} */ ({ same: 40, B15: 12, B16: 6 })
const INBOXES_PER_HOME = 4
const PROJECTS = /** @type {const} */ (['alder', 'birch', 'cedar-with-a-long-name', 'grün 🫖'])

const BAD_SEQUENCES = /** @type {const} */ ([
  '',
  'one',
  '1.0',
  '1e3',
  '0x1',
  '1__0',
  '_1',
  '1 0',
  '--1',
  '+',
  'Ⅳ',
])
const BAD_TIMESTAMPS = /** @type {const} */ ([
  ...[
    '',
    'now',
    '2026-03-01',
    '10:00:00Z',
    '2026-03-01T10:00:00',
    '2026-13-01T10:00:00Z',
    '2026-02-30T10:00:00Z',
  ],
  ...['2026-03-01T24:01:00Z', '2026-03-01T10:60:00Z', '2026-03-01T10:00:00+5', '2026-03-01T10:00:00 UTC'],
  ...[
    '<2026-03-01 Sun 10:00>',
    '1772359200',
    '2026/03/01T10:00:00Z',
    '2026-03-01T10:00:00Zx',
    '26-03-01T10:00:00Z',
  ],
])
/** @type {[number[], ...number[][]]} */
const BAD_BYTES = [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0x80], [0xf5, 0x80, 0x80, 0x80]]

/**
 * Cases for recv and status. What list A or B repairs is kept apart: `kind` says which entry.
 * @param {number} seed
 * @param {number} [share] of the recorded number of cases
 * @returns {GeneratedCase[]}
 */
export function generateCases(seed, share = 1) {
  const random = makeRandom(seed)
  /**
   * @param {number} count
   * @param {(name: string) => GeneratedCase[]} make
   * @param {string} label
   */
  const several = (count, label, make) =>
    Array.from({ length: Math.ceil(count * share) }, (_, at) => make(`${label} ${at + 1}`)).flat()
  return [
    ...several(RECV.same, 'recv', (name) => [recvSame(random, name)]),
    ...several(RECV.A2, 'recv, a bad field', (name) => [recvBadField(random, name)]),
    ...several(RECV.B2, 'recv, undecodable', (name) => [recvUndecodable(random, name)]),
    ...several(STATUS.same / INBOXES_PER_HOME, 'status', (name) => statusSame(random, name)),
    ...several(STATUS.B15, 'status, several offsets', (name) => [statusOffsets(random, name)]),
    ...several(STATUS.B16, 'status, undecodable', (name) => [statusUndecodable(random, name)]),
  ]
}

/**
 * @param {GeneratedCase} generated
 * @returns {Case}
 */
export function toCase({ name, command, argv, files }) {
  return {
    name,
    command,
    argv,
    files,
    cwd: 'desk',
    env: {},
    stubs: {},
    programs: [],
    asksPeer: false,
    gpg: false,
    unprivileged: false,
    dependsOnPython: false,
  }
}

/**
 * @param {string} name
 * @param {FileParts} message
 * @param {string[]} format
 * @returns {Omit<GeneratedCase, 'kind'>}
 */
function recvCase(name, message, format = ['--json']) {
  return {
    name,
    command: 'recv',
    argv: ['--no-verify', ...format, 'm.org'],
    files: { 'desk/m.org': message },
  }
}

/**
 * @param {Random} random
 * @param {string} name
 * @returns {GeneratedCase}
 */
function recvSame(random, name) {
  const format = random.pick([['--json'], ['--json'], ['--json', '--compact-json'], []])
  return { kind: 'same', ...recvCase(name, { text: randomMessage(random) }, format) }
}

/**
 * @param {Random} random
 * @param {string} name
 * @returns {GeneratedCase}
 */
function recvBadField(random, name) {
  const field = random.pick(['SEQUENCE', 'TIMESTAMP'])
  const value = random.pick(field === 'SEQUENCE' ? BAD_SEQUENCES : BAD_TIMESTAMPS)
  return { kind: 'A2', ...recvCase(name, { text: plainMessage({ [field]: value }) }), field }
}

/**
 * @param {Random} random
 * @param {string} text
 * @returns {FileParts}
 */
function undecodable(random, text) {
  const bytes = Buffer.from(text)
  const at = random.below(bytes.length)
  const broken = Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(random.pick(BAD_BYTES)),
    bytes.subarray(at),
  ])
  return { base64: broken.toString('base64') }
}

/**
 * @param {Random} random
 * @param {string} name
 * @returns {GeneratedCase}
 */
function recvUndecodable(random, name) {
  return { kind: 'B2', ...recvCase(name, undecodable(random, plainMessage({}))) }
}

/** @param {string} project */
const inbox = (project) => `projects/${project}/inbox/from-agents/`

/**
 * An age in the middle of a unit: the same however long the run takes.
 * @param {Random} random
 */
function randomAge(random) {
  return random.pick([
    60 * (1 + random.below(58)) + 30,
    3600 * (1 + random.below(22)) + 1800,
    86400 * (1 + random.below(400)) + 43200,
  ])
}

/**
 * A header of one offset and one form, now and then without a field that status needs.
 * @param {Random} random
 */
function pendingMessage(random) {
  /** @type {[string, string][]} */
  const fields = [
    ['TITLE', 'A kettle'],
    ['CONVERSATION_ID', random.pick(['kettle-01', 'kettle-01', 'mug-02', 'größe'])],
    [
      'MESSAGE_TYPE',
      random.pick(['request', 'request', 'progress', 'release', 'release', 'complete', 'party']),
    ],
    ['TIMESTAMP', `2026-03-0${1 + random.below(3)}T1${random.below(4)}:00:00+00:00`],
  ]
  return randomMessage(random, fields)
}

/**
 * Several inboxes in one home, as a table and in JSON.
 * @param {Random} random
 * @param {string} name
 * @returns {GeneratedCase[]}
 */
function statusSame(random, name) {
  /** @type {Record<string, FileParts>} */
  const files = {}
  for (const project of PROJECTS) {
    files[inbox(project)] = {}
    for (let at = random.below(7); at > 0; at -= 1) {
      const stem = random.pick([
        `2026030${at}T100000Z-from-oak-kettle-01`,
        `m${at}`,
        `.m${at}`,
        `größe ${at}`,
      ])
      const extension = random.chance(0.9) ? '.org' : random.pick(['.txt', '.org.asc', '.ORG', ''])
      files[`${inbox(project)}${stem}${extension}`] = { text: pendingMessage(random), age: randomAge(random) }
    }
  }
  return [
    { name: `${name}, table`, kind: 'same', command: 'status', argv: [], files },
    { name: `${name}, JSON`, kind: 'same', command: 'status', argv: ['--json'], files },
  ]
}

/**
 * One conversation whose messages are of several offsets, and how many of them are pending.
 * @param {Random} random
 * @param {string} name
 * @returns {GeneratedCase}
 */
function statusOffsets(random, name) {
  const messages = Array.from({ length: 2 + random.below(4) }, () => {
    const [minutes, hours] = [random.below(600), random.pick([-8, -3, 0, 2, 9])]
    const local = new Date(Date.UTC(2026, 2, 1, 6 + hours, minutes)).toISOString().slice(0, 19)
    const offset = `${hours < 0 ? '-' : '+'}0${Math.abs(hours)}:00`
    return {
      minutes,
      timestamp: local + offset,
      type: random.pick(['request', 'request', 'progress', 'release']),
    }
  })
  const released = Math.max(
    -1,
    ...messages.filter(({ type }) => type === 'release').map(({ minutes }) => minutes),
  )
  const entries = messages.map(({ timestamp, type }, at) => [
    `${inbox('alder')}m${at}.org`,
    { text: plainMessage({ TIMESTAMP: timestamp, MESSAGE_TYPE: type }), age: randomAge(random) },
  ])
  const count = messages.filter(({ type, minutes }) => type !== 'release' && minutes > released).length
  return { name, kind: 'B15', command: 'status', argv: ['--json'], files: Object.fromEntries(entries), count }
}

/**
 * Some messages that can be read and some that cannot; `count` of these.
 * @param {Random} random
 * @param {string} name
 * @returns {GeneratedCase}
 */
function statusUndecodable(random, name) {
  const count = 1 + random.below(3)
  const good = random.below(3)
  const entries = Array.from({ length: count + good }, (_, at) => [
    `${inbox('alder')}m${at}.org`,
    {
      ...(at < good ? { text: plainMessage({}) } : undecodable(random, plainMessage({}))),
      age: randomAge(random),
    },
  ])
  return { name, kind: 'B16', command: 'status', argv: ['--json'], files: Object.fromEntries(entries), count }
}
