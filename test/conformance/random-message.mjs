// @ts-check

/** @import { Random } from './random.mjs' */

const BLANKS = /** @type {const} */ ([
  ' ',
  ' ',
  ' ',
  ' ',
  '',
  '  ',
  '\t',
  '\u00a0',
  '\u3000 ',
  '\u001f',
  ' \u2003',
])
const LINE_ENDS = /** @type {const} */ ([
  '\n',
  '\r\n',
  '\r',
  '\v',
  '\f',
  '\u001c',
  '\u0085',
  '\u2028',
  '\u2029',
])
const PIECES = /** @type {const} */ ([
  ...['a', 'B', '7', '-', '_', '.', ' ', ':', '#', '+', ',', "'", '"', '\\', '%', '$', '\t', '{', '/'],
  ...[
    'é',
    'ß',
    '東',
    '🫖',
    '\u00a0',
    '\u200b',
    '\u00ad',
    '\ufeff',
    '\ue000',
    '\u0301',
    '\u007f',
    '\u0001',
    'ﬁ',
  ],
])
const WORDS = /** @type {const} */ ([
  'words',
  '* heading',
  '# comment',
  '',
  ' ',
  '#+begin_src',
  '- item: x',
  'grün 🫖',
])
const TYPES = /** @type {const} */ ([
  'request',
  'progress',
  'query',
  'pushback',
  'complete',
  'release',
  'escalate',
])
const SEQUENCES = /** @type {const} */ (['1', '2', '12', '007', '+3', '-4', '1_000', '٣'])

/** @param {Random} random */
export function randomText(random) {
  return Array.from({ length: random.below(9) }, () => random.pick(PIECES)).join('')
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, '0')

/**
 * A timestamp of the protocol, in any of its forms.
 * @param {Random} random
 */
function randomTimestamp(random) {
  const [day, hour, minute] = [two(1 + random.below(28)), two(random.below(24)), two(random.below(60))]
  const offset = random.pick(['Z', '+00:00', '-06:00', '+0530', '+02'])
  return random.pick([
    `2026-03-${day}T${hour}:${minute}:00${offset}`,
    `2026-03-${day} ${hour}:${minute}${offset}`,
    `202603${day}T${hour}${minute}30${offset}`,
    `2026-03-${day}T${hour}:${minute}:01.250${offset}`,
  ])
}

/**
 * Fields that recv accepts, or that it answers with a reason of its own: what A2 repairs is never wrong here.
 * @param {Random} random
 * @returns {[key: string, value: string][]}
 */
function randomFields(random) {
  /** @type {[string, string][]} */
  const fields = [
    ['TITLE', randomText(random)],
    ['CONVERSATION_ID', random.chance(0.5) ? 'kettle-01' : randomText(random)],
    ['MESSAGE_TYPE', random.chance(0.85) ? random.pick(TYPES) : randomText(random)],
    ['SEQUENCE', random.pick(SEQUENCES)],
    ['TIMESTAMP', randomTimestamp(random)],
    ['PROTOCOL_VERSION', random.chance(0.92) ? '5' : random.pick(['4', '5.0', '', '05', '６'])],
  ]
  if (random.chance(0.2)) {
    fields.push([
      'REQUIRES_TOOLS',
      random.pick(['git', 'git, kettle', ',', '', 'kettle,mug', ' git ,,', 'größe']),
    ])
  }
  if (random.chance(0.2)) fields.push([random.pick(['AUTHOR', '_', 'A_B']), randomText(random)])
  return fields
}

/**
 * @param {Random} random
 * @param {string} key
 * @param {string} value
 */
function headerLine(random, key, value) {
  const line = `#+${key}:${random.pick(BLANKS)}${value}${random.pick(BLANKS)}`
  if (random.chance(0.97)) return line
  return random.pick([
    ` ${line}`,
    line.toLowerCase(),
    line.replace(':', ' :'),
    line.replace(':', ''),
    `#${line}`,
  ])
}

/**
 * A message as agents write them, and as they should not.
 * @param {Random} random
 * @param {[key: string, value: string][]} [fields]
 */
export function randomMessage(random, fields = randomFields(random)) {
  const kept = fields.filter(() => random.chance(0.97))
  if (random.chance(0.2)) kept.push(random.pick(/** @type {[[string, string]]} */ (fields)))
  const lines = (random.chance(0.3) ? random.shuffled(kept) : kept).map(([key, value]) =>
    headerLine(random, key, value),
  )
  const before = Array.from({ length: random.chance(0.2) ? random.below(4) : 0 }, () => random.pick(WORDS))
  const after = random.chance(0.3)
    ? [random.pick(WORDS), '#+TITLE: late', '#+SEQUENCE: 99']
    : ['', randomText(random)]
  const usual = random.pick(['\n', '\n', '\n', '\r\n', random.pick(LINE_ENDS)])
  const mixed = random.chance(0.15)
  const text = [...before, ...lines, ...after]
    .map((line) => line + (mixed && random.chance(0.4) ? random.pick(LINE_ENDS) : usual))
    .join('')
  return (random.chance(0.03) ? '\ufeff' : '') + text
}

/**
 * A message that is right but for the given fields.
 * @param {Record<string, string>} changes
 */
export function plainMessage(changes) {
  const fields = {
    TITLE: 'A kettle',
    CONVERSATION_ID: 'kettle-01',
    MESSAGE_TYPE: 'request',
    SEQUENCE: '1',
    TIMESTAMP: '2026-03-01T10:00:00+00:00',
    PROTOCOL_VERSION: '5',
    ...changes,
  }
  const header = Object.entries(fields).map(([key, value]) => `#+${key}: ${value}\n`)
  return `${header.join('')}\nThe kettle boils at noon.\n`
}
