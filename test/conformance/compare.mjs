// @ts-check

/** @import { Case, Outcome } from './types' */

/**
 * What is compared of an outcome: `expected` and `actual` are equal where ours conforms.
 * @typedef {Record<string, unknown>} Compared
 * @typedef {Pick<Case, 'ours'>} Expectation
 */

const STACK_TRACE = /^\s+at .+:\d+:\d+\)?$|node:internal|^Traceback /m
const WARNING_ROW = /^⚠ (\d+) files unparseable in (.*)$/
const COUNT_KEY = /,\n\s*"unparseable_count": \d+/

/**
 * Compares ours with the script's outcome, laid over by what the case says of ours (contract lists A, B).
 * @param {Expectation} testCase
 * @param {Outcome} script
 * @param {Outcome} ours
 * @returns {{ expected: Compared, actual: Compared }}
 */
export function compare({ ours: differences = {} }, script, ours) {
  const stdout = compareStdout(differences, script, ours)
  const stderr = compareStderr(differences, script, ours)
  return {
    expected: {
      exit: differences.exit ?? script.exit,
      ...stdout.expected,
      ...stderr.expected,
      files: differences.files ?? script.files,
      calls: differences.calls ?? script.calls,
      leftovers: [],
      hasStackTrace: false,
    },
    actual: {
      exit: ours.exit,
      ...stdout.actual,
      ...stderr.actual,
      files: ours.files,
      calls: ours.calls,
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
  if (differences.stdoutHas !== undefined) {
    const found = differences.stdoutHas.filter((part) => text.includes(part))
    return {
      expected: { stdoutHas: differences.stdoutHas },
      actual: { stdoutHas: found.length === differences.stdoutHas.length ? found : ours.stdout },
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
  const words = differences.stderr ?? first.split(':')[0] ?? ''
  return {
    expected: { stderr: words },
    actual: { stderr: words === '' ? text : (ours.stderr[0] ?? '').slice(0, words.length) },
  }
}
