import { describe, expect, it } from 'vitest'
import { Failure } from './failure'
import { type Given, requireRules } from './rules'
import type { CommandTable, Rule } from './table'

const flag = { kind: 'flag', describe: '' } as const
const table = (rule: Rule, style: Pick<CommandTable, 'style'> = {}): CommandTable => ({
  ...style,
  name: 'cross-agent-example',
  description: '',
  failures: {},
  failureExit: 1,
  positionals: [{ name: 'file', kind: 'text', describe: '' }],
  options: {
    one: flag,
    two: flag,
    three: flag,
    time: { kind: 'seconds', placeholder: 'S', describe: '' },
    act: { kind: 'text', placeholder: 'ACT', describe: '', choices: ['start', 'stop'] },
  },
  rules: [rule],
  exitCodes: [],
  examples: [],
})
const given = (options: object, file?: string | readonly string[]): Given => ({
  options: { one: false, two: false, three: false, time: undefined, act: undefined, ...options },
  positionals: { file },
})
const SHELL = { style: 'shell' } as const

async function said(table: CommandTable, words: Given): Promise<readonly string[]> {
  try {
    await requireRules(table, words)
    return []
  } catch (error) {
    if (error instanceof Failure) return [error.message, ...error.hints]
    throw error
  }
}

describe('a rule that excludes', () => {
  const rule = { of: ['one'], excludes: ['two', 'three'] }

  it('is silent where it does not apply, or what it excludes is not given', async () => {
    expect(await said(table(rule), given({ two: true }))).toEqual([])
    expect(await said(table(rule), given({ one: true }))).toEqual([])
    const spared = { ...rule, unless: ['time'] }
    expect(await said(table(spared), given({ one: true, two: true, time: 0 }))).toEqual([])
  })

  it('names the first that it excludes, in the order of the rule', async () => {
    const words = given({ one: true, three: true, two: true })
    expect(await said(table(rule), words)).toEqual([
      'cross-agent-example: error: argument --two: not allowed with argument --one',
      'see: cross-agent-example --help',
    ])
    expect((await said(table(rule, SHELL), words))[0]).toBe('--one and --two exclude each other')
  })

  it('shows a word as it was given, in words of its own', async () => {
    const own = { of: ['one'], excludes: ['two', 'file'], problem: 'leave out $given' }
    const words = given({ one: true, two: true }, '$& $$')
    expect((await said(table(own, SHELL), words))[0]).toBe('leave out --two, $& $$')
    expect(await said(table(own), given({ one: true }, []))).toEqual([])
  })

  it('of a time of 0 is silent: it asks for nothing', async () => {
    const own = { of: ['one'], excludes: ['time'] }
    expect(await said(table(own), given({ one: true, time: 0 }))).toEqual([])
    expect(await said(table(own), given({ one: true, time: 1 }))).not.toEqual([])
  })
})

describe('a rule that needs', () => {
  it('one of several is content with each', async () => {
    const rule = { of: ['one'], needs: ['two', 'three'] }
    expect(await said(table(rule), given({ one: true, three: true }))).toEqual([])
    expect((await said(table(rule), given({ one: true })))[0]).toBe(
      'cross-agent-example: error: argument --one: needs --two or --three',
    )
    expect((await said(table(rule, SHELL), given({ one: true })))[0]).toBe('--one needs --two or --three')
  })

  it('a value needs that very one', async () => {
    const rule = { of: ['one'], needs: ['act stop'] }
    expect(await said(table(rule), given({ one: true, act: 'stop' }))).toEqual([])
    expect(await said(table(rule), given({ one: true, act: 'start' }))).not.toEqual([])
  })
})

it('a value that is no choice names the nearest', async () => {
  const rule = { of: ['act'], isChoice: true } as const
  expect(await said(table(rule), given({ act: 'start' }))).toEqual([])
  expect(await said(table(rule), given({}))).toEqual([])
  expect(await said(table(rule, SHELL), given({ act: 'stopp' }))).toEqual([
    '--act must be one of start, stop; got stopp',
    'did you mean stop?',
    'see: cross-agent-example --help',
  ])
})
