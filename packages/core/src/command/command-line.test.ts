import { describe, expect, it } from 'vitest'
import { readCommandLine } from './command-line'
import type { CommandTable } from './table'

const table = {
  name: 'cross-agent-example',
  description: '',
  failures: {},
  failureExit: 1,
  positionals: [
    { name: 'first', kind: 'text', describe: '' },
    { name: 'second', kind: 'text', describe: '' },
  ],
  options: {
    'no-sign': { kind: 'flag', describe: '' },
    retries: { kind: 'integer', placeholder: 'N', default: 3, describe: '' },
    key: { kind: 'text', placeholder: 'ID', describe: '' },
    'retry-failed': { kind: 'flag', describe: '', added: true },
    wait: { kind: 'integer', placeholder: 'S', bare: 100, describe: '', added: true },
  },
  exitCodes: [],
  examples: [],
} as const satisfies CommandTable

const reader =
  (table: CommandTable) =>
  (...argv: string[]) => {
    const line = readCommandLine(table, argv)
    return line.wants === 'run' ? { ...line.values.options, ...line.values.positionals } : line
  }
const read = reader(table)
const base = { 'no-sign': false, retries: 3, key: undefined, 'retry-failed': false, first: 'a', second: 'b' }

describe('a well-formed command line', () => {
  it.each([
    [['a', 'b'], {}],
    [['a', '--no-sign', 'b'], { 'no-sign': true }],
    [['--no-s', 'a', 'b'], { 'no-sign': true }],
    [['a', 'b', '--ret', '5'], { retries: 5 }],
    [['a', 'b', '--ret=5'], { retries: 5 }],
    [['a', 'b', '--retries= 1_0 '], { retries: 10 }],
    [['a', 'b', '--retries', '-1'], { retries: -1 }],
    [['a', 'b', '--retries', '٣'], { retries: 3 }],
    [['a', 'b', '--key', '1', '--key', '2'], { key: '2' }],
    [['a', 'b', '--key='], { key: '' }],
    [['a', 'b', '--key=--no-sign'], { key: '--no-sign' }],
    [['a', 'b', '--key', '-x y'], { key: '-x y' }],
    [['--', '--no-sign', '-b'], { first: '--no-sign', second: '-b' }],
    [['a', '--', '--'], { second: '--' }],
    [['-', '-1.5'], { first: '-', second: '-1.5' }],
    [['', '--unknown with blanks'], { first: '', second: '--unknown with blanks' }],
    [['a', 'b', '--retry-failed'], { 'retry-failed': true }],
  ])('%j', (argv, values) => {
    expect(read(...argv)).toEqual({ ...base, ...values })
  })
})

describe('C28 a value that may be left out', () => {
  it.each([
    [['a', 'b', '--wait'], 100],
    [['--wait', '--no-sign', 'a', 'b'], 100],
    [['a', 'b', '--wait', '--wait', '5'], 5],
    [['a', 'b', '--wait', '5', '--wait'], 100],
    [['a', 'b', '--wait', '30'], 30],
    [['--wait', '30', 'a', 'b'], 30],
    [['a', 'b', '--wait=30'], 30],
    [['a', 'b', '--wait', '-1'], -1],
    [['--wait', '--', 'a', 'b'], 100],
  ])('%j', (argv, wait) => {
    expect(read(...argv)).toMatchObject({ first: 'a', second: 'b', wait })
  })

  it.each([
    [
      ['--wait', 'a', 'b'],
      "argument --wait: invalid int value: 'a'; to give none, write it last or before an option",
    ],
    [
      ['a', 'b', '--wait', '30s'],
      "argument --wait: invalid int value: '30s'; to give none, write it last or before an option",
    ],
    [
      ['a', '--wait', '-', 'b'],
      "argument --wait: invalid int value: '-'; to give none, write it last or before an option",
    ],
    [
      ['a', 'b', '--wait='],
      "argument --wait: invalid int value: ''; to give none, write it last or before an option",
    ],
    [['a', 'b', '--wai'], 'unrecognized arguments: --wai'],
  ])('%j says why', (argv, problem) => {
    expect(read(...argv)).toMatchObject({ wants: 'correction', problem })
  })
})

describe('a line that asks for something else', () => {
  it.each([
    [['--help', '--bogus'], 'help'],
    [['-hh'], 'help'],
    [['--h'], 'help'],
    [['a', '--version'], 'version'],
  ])('%j', (argv, wants) => {
    expect(read(...argv)).toEqual({ wants })
  })
})

describe('a line that cannot be read says why', () => {
  it.each([
    [['a'], 'the following arguments are required: second'],
    [[], 'the following arguments are required: first, second'],
    [['a', 'b', 'c'], 'unrecognized arguments: c'],
    [['a', 'b', '--bogus'], 'unrecognized arguments: --bogus'],
    [['a', 'b', '-x'], 'unrecognized arguments: -x'],
    [['a', 'b', '--no-sign', '--'], 'unrecognized arguments: --'],
    [['a', 'b', '--retry'], 'unrecognized arguments: --retry'],
    [['a', 'b', '--vers'], 'unrecognized arguments: --vers'],
    [['a', 'b', '--=x'], /^ambiguous option: --=x could match --help, --no-sign, --retries, --key$/],
    [['a', 'b', '--no-sign=1'], "argument --no-sign: takes no value, got '1'"],
    [['a', 'b', '--key'], 'argument --key: expected one value'],
    [['a', 'b', '--key', '--no-sign'], 'argument --key: expected one value'],
    [['a', 'b', '--key', '--', 'x'], 'argument --key: expected one value'],
    [['a', 'b', '--retries', 'x', '--retries', '1'], "argument --retries: invalid int value: 'x'"],
    [['-hx'], /^argument -h\/--help/],
  ])('%j', (argv, problem) => {
    const expected = typeof problem === 'string' ? problem : expect.stringMatching(problem)
    expect(read(...argv)).toMatchObject({ wants: 'correction', problem: expected })
  })
})

const restTable = {
  name: 'cross-agent-example',
  description: '',
  failures: {},
  failureExit: 1,
  positionals: [
    { name: 'first', kind: 'text', describe: '' },
    { name: 'others', kind: 'text', describe: '', rest: true },
  ],
  options: { tailnet: { kind: 'flag', describe: '' } },
  exitCodes: [],
  examples: [],
} as const satisfies CommandTable

const readRest = reader(restTable)

describe('a rest positional takes every word that is left', () => {
  it.each([
    [['a'], []],
    [
      ['a', 'b', '', 'c d'],
      ['b', '', 'c d'],
    ],
    [['a', '--tailnet', 'b', 'c'], ['b', 'c'], true],
    [['a', 'b', '--tail', 'c'], ['b', 'c'], true],
    [
      ['a', '-1', '-'],
      ['-1', '-'],
    ],
    [['a', '--'], []],
    [['a', 'b', '--tailnet', '--'], ['b'], true],
    [
      ['a', 'b', '--', '--tailnet', '-x'],
      ['b', '--tailnet', '-x'],
    ],
    [
      ['a', 'b', '-x', 'c'],
      ['b', '-x', 'c'],
    ],
  ])('%j', (argv, others, tailnet = false) => {
    expect(readRest(...argv)).toEqual({ first: 'a', others, tailnet })
  })
})

describe('what was meant as an option is not a word', () => {
  it.each([
    ['-x', 'a'],
    ['a', '-x'],
    ['a', 'b', '--tailnett'],
    ['a', 'b', '-tailnet'],
    ['a', 'b', '-t'],
  ])('%j %j %j', (...argv) => {
    expect(readRest(...argv)).toMatchObject({
      wants: 'correction',
      problem: expect.stringMatching(/^unrecognized arguments: -/),
    })
  })
  it('and what is missing is named', () => {
    expect(readRest()).toMatchObject({
      wants: 'correction',
      problem: 'the following arguments are required: first',
    })
  })
})
