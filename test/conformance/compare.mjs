// @ts-check

import { pythonJson } from './python-json.mjs'

/** @import { Case, FileState, Outcome } from './types' */

/**
 * What is compared of an outcome: `expected` and `actual` are equal where ours conforms.
 * @typedef {Record<string, unknown>} Compared
 * @typedef {Partial<Pick<Case, 'ours' | 'asksPeer'>>} Expectation
 */

const STACK_TRACE = /^\s+at .+:\d+:\d+\)?$|node:internal|^Traceback /m
const FIRST_WORDS = /^(?:cross-agent-\w+: )?[^:]*/
const WARNING_ROW = /^⚠ (\d+) files unparseable in (.*)$/
const COUNT_KEY = /,\n\s*"unparseable_count": \d+/

/**
 * Compares ours with the script's outcome, laid over by what the case says of ours (contract lists A, B).
 * @param {Expectation} testCase
 * @param {Outcome} script
 * @param {Outcome} ours
 * @returns {{ expected: Compared, actual: Compared }}
 */
export function compare({ ours: differences = {}, asksPeer = false }, script, ours) {
  const stdout = compareStdout(differences, script, ours)
  const stderr = compareStderr(differences, script, ours)
  const calls = compareCalls(differences, script, ours, asksPeer)
  return {
    expected: {
      exit: differences.exit ?? script.exit,
      ...stdout.expected,
      ...stderr.expected,
      ...calls.expected,
      files: differences.files ?? script.files,
      leftovers: [],
      hasStackTrace: false,
    },
    actual: {
      exit: ours.exit,
      ...stdout.actual,
      ...stderr.actual,
      ...calls.actual,
      files: withoutOutbox(withoutAddedKeys(ours.files), ours.exit),
      leftovers: ours.leftovers,
      hasStackTrace: STACK_TRACE.test(ours.stderr.join('\n')),
    },
  }
}

/**
 * @param {NonNullable<Case['ours']>} differences
 * @param {Outcome} script
 * @param {Outcome} ours
 * @returns {{ expected: Compared, actual: Compared }}
 */
function compareStdout(differences, script, ours) {
  const text = ours.stdout.join('\n')
  const { stdoutHas, stdoutLacks = [] } = differences
  if (stdoutHas !== undefined) {
    const isRight =
      stdoutHas.every((part) => text.includes(part)) && !stdoutLacks.some((part) => text.includes(part))
    return {
      expected: { stdoutHas, stdoutLacks },
      actual: isRight ? { stdoutHas, stdoutLacks } : { stdout: ours.stdout },
    }
  }
  const expected = differences.stdout ?? script.stdout
  if (expected[0] === '{help}') {
    return { expected: { hasHelp: true }, actual: { hasHelp: ours.stdout.length > 0 } }
  }
  if (differences.unparseable !== undefined) {
    const { rest, counts } = takeUnparseable(text)
    return {
      expected: { stdout: expected, unparseable: Object.entries(differences.unparseable) },
      actual: { stdout: rest, unparseable: counts },
    }
  }
  return { expected: { stdout: expected }, actual: { stdout: ours.stdout } }
}

/**
 * Takes the additions of A6 out of a table or JSON of status.
 * @param {string} text
 */
export function takeUnparseable(text) {
  /** @type {[project: string, count: number][]} */
  const counts = []
  if (COUNT_KEY.test(text)) {
    /** @type {{ projects: { name: string, unparseable_count?: number }[] }} */
    const { projects } = JSON.parse(text)
    for (const { name, unparseable_count: count } of projects) if (count) counts.push([name, count])
  }
  const withoutKeys = text.replaceAll(new RegExp(COUNT_KEY, 'g'), '')
  const rest = withoutKeys.split('\n').filter((line) => {
    const row = WARNING_ROW.exec(line)
    if (row !== null) counts.push([row[2] ?? '', Number(row[1])])
    return row === null
  })
  return { rest: text === '' ? [] : rest, counts }
}

/**
 * @param {NonNullable<Case['ours']>} differences
 * @param {Outcome} script
 * @param {Outcome} ours
 * @returns {{ expected: Compared, actual: Compared }}
 */
function compareStderr(differences, script, ours) {
  const text = ours.stderr.join('\n')
  if (differences.stderrHas !== undefined) {
    const found = differences.stderrHas.filter((part) => text.includes(part))
    return {
      expected: { stderrHas: differences.stderrHas },
      actual: { stderrHas: found.length === differences.stderrHas.length ? found : ours.stderr },
    }
  }
  const first = script.stderr[0] ?? ''
  if (differences.stderr === undefined && (first === '{usage}' || first === '{traceback}')) {
    return { expected: {}, actual: {} }
  }
  const words = differences.stderr ?? FIRST_WORDS.exec(first)?.[0] ?? ''
  return {
    expected: { stderr: words },
    actual: { stderr: words === '' ? text : (ours.stderr[0] ?? '').slice(0, words.length) },
  }
}

// Without the status lines, which are left out of every call of gpg.
const VERIFIES_BYTES = [
  'gpg',
  '--enable-special-filenames',
  '--no-auto-key-retrieve',
  '--no-auto-key-import',
  '--disable-dirmngr',
  '--no-auto-check-trustdb',
  '--verify',
  '--',
  '-&3',
  '-',
]

/**
 * Whether ours verifies by pipe, with nothing fetched or written (B32, B35, B56) where the script names the two files.
 * @param {readonly string[]} ours
 * @param {readonly string[] | undefined} script
 */
const verifiesAsScript = (ours, script) =>
  JSON.stringify(ours) === JSON.stringify(VERIFIES_BYTES) &&
  script?.length === 4 &&
  script[0] === 'gpg' &&
  script[1] === '--verify' &&
  script[2] === `${script[3]}.asc`

/**
 * Whether ours signs a private copy (B66) and else does as the script.
 * @param {readonly string[]} ours
 * @param {readonly string[] | undefined} script
 */
const signsAsScript = (ours, script) =>
  ours.includes('--detach-sign') &&
  ours.at(-1)?.endsWith('/message.org') === true &&
  JSON.stringify(ours.slice(0, -1)) === JSON.stringify(script?.slice(0, -1))

const STOPS_WATCHER = ['systemctl', '--user', 'stop', 'cross-agent-watch.path']
const SERVICE = 'cross-agent-watch.service'

/**
 * What ours adds in every case is left out: that halt stops the service, too (A7; not where the case lists the
 * calls), send's question for a free name (B5, B9), and what A8 puts behind a command for a peer. The one way in
 * which ours calls gpg to verify stands for the script's (B32, B35, B56), and so does the one to sign (B66).
 * @param {NonNullable<Case['ours']>} differences
 * @param {Outcome} script
 * @param {Outcome} ours
 * @param {boolean} asksPeer
 * @returns {{ expected: Compared, actual: Compared }}
 */
function compareCalls(differences, script, ours, asksPeer) {
  const expected = byPeer(differences.calls ?? script.calls)
  const counted = ours.calls
    .filter((call) => !(asksPeer && call[0] === 'ssh'))
    .map((call) => {
      const stopsBoth = JSON.stringify(call) === JSON.stringify([...STOPS_WATCHER, SERVICE])
      return stopsBoth && differences.calls === undefined ? STOPS_WATCHER : call
    })
  const actual = byPeer(counted).map((call, at) => {
    if (verifiesAsScript(call, expected[at]) || signsAsScript(call, expected[at])) return expected[at]
    const wanted = expected[at]?.at(-1)
    // Ours tells the peer over standard input what to do (B49).
    const isOurs = call[0] === 'ssh' && wanted !== undefined && call.at(-1)?.startsWith("sh -c 'l=$(")
    return isOurs ? [...call.slice(0, -1), wanted] : call
  })
  return { expected: { calls: expected }, actual: { calls: actual } }
}

/**
 * Peers are called side by side (B18): only for each of them is there an order.
 * @param {readonly string[][]} calls
 */
function byPeer(calls) {
  const target = (/** @type {string[]} */ call) => call.at(-2) ?? ''
  const sorted = calls
    .filter(([program]) => program === 'ssh')
    .sort((a, b) => (target(a) === target(b) ? 0 : target(a) < target(b) ? -1 : 1))
  return calls.map((call) => (call[0] === 'ssh' ? (sorted.shift() ?? call) : call))
}

const CACHE = '.cache/cross-agent-comms/discovery.json'

/**
 * The cache of discover may have further keys behind the scripts' four (B17).
 * @param {Record<string, FileState>} files
 */
function withoutAddedKeys(files) {
  const text = files[CACHE]?.text
  if (text === undefined) return files
  const { scanned_at, halt_active, local, peers } = JSON.parse(text)
  const asScript = pythonJson({ scanned_at, halt_active, local, peers })
  const isLonger = text.startsWith(`${asScript.slice(0, -'\n}'.length)},\n`)
  return isLonger ? { ...files, [CACHE]: { ...files[CACHE], text: asScript } } : files
}

const STATE = '.local/state/cross-agent-comms'

const HALTED_EXIT = 5

/**
 * What could not be sent is kept, in a folder that is named as its marker is (C2); so is what HALT ended, without a
 * marker. After a send that came to nothing else the folder is left, empty (B53).
 * @param {Record<string, FileState>} files
 * @param {Outcome['exit']} exit
 */
function withoutOutbox(files, exit) {
  if (!Object.keys(files).some((path) => path.startsWith(`${STATE}/outbox`))) return files
  const isKept = (/** @type {string} */ path) => {
    if (path === `${STATE}/outbox`) return true
    const [, id] = path.startsWith(`${STATE}/outbox/`) ? path.split('/outbox/') : []
    if (id === undefined) return false
    return exit === HALTED_EXIT || `${STATE}/failed-sends/${id.split('/')[0]}.json` in files
  }
  const others = Object.entries(files).filter(([path]) => !isKept(path))
  const isOnlyAbove = (/** @type {string} */ path) =>
    `${STATE}/`.startsWith(`${path}/`) && !others.some(([other]) => other.startsWith(`${path}/`))
  // The deepest first: each may have held the next one alone.
  for (let at = others.length - 1; at >= 0; at--) if (isOnlyAbove(others[at]?.[0] ?? '')) others.splice(at, 1)
  return Object.fromEntries(others)
}
