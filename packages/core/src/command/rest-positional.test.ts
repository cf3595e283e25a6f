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
    { name: 'others', kind: 'text', describe: '', rest: true },
  ],
  options: { tailnet: { kind: 'flag', describe: '' } },
  exitCodes: [],
  examples: [],
} as const satisfies CommandTable

const read = (...argv: string[]) => {
  const line = readCommandLine(table, argv)
  return line.wants === 'run' ? { ...line.values.options, ...line.values.positionals } : line
}

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
    expect(read(...argv)).toEqual({ first: 'a', others, tailnet })
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
    expect(read(...argv)).toMatchObject({
      wants: 'correction',
      problem: expect.stringMatching(/^unrecognized arguments: -/),
    })
  })
  it('and what is missing is named', () => {
    expect(read()).toMatchObject({
      wants: 'correction',
      problem: 'the following arguments are required: first',
    })
  })
})
