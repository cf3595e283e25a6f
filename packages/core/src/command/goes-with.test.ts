import { expect, it } from 'vitest'
import { completedOf } from '../completion/model'
import { excludedWith, meaningOfOption, meaningOfPositional, needsOf } from './goes-with'
import type { CommandTable, Rule } from './table'

const flag = { kind: 'flag', describe: 'Do it' } as const
const table = (...rules: Rule[]): CommandTable => ({
  name: 'cross-agent-example',
  description: '',
  failures: {},
  failureExit: 1,
  positionals: [{ name: 'file', kind: 'text', describe: 'Read this', onlyWith: 'one' }],
  options: {
    one: flag,
    two: { ...flag, short: 't' },
    three: flag,
    four: flag,
    act: { kind: 'text', placeholder: 'ACT', describe: 'ACT on it' },
    run: { kind: 'command-line', placeholder: 'CMD', describe: 'Run CMD' },
  },
  rules,
  exitCodes: [],
  examples: [],
})
const meaning = (name: string, ...rules: Rule[]) => {
  const of = table(...rules)
  return meaningOfOption(name, of.options[name] ?? flag, of)
}
const completed = (name: string, ...rules: Rule[]) => {
  const { after, notAfter } = completedOf(table(...rules)).options.find(({ flag }) => flag === name) ?? {}
  return { after, notAfter }
}

it('C8 the meaning of an option begins with what it needs', () => {
  expect(meaning('one')).toBe('Do it')
  expect(meaning('one', { of: ['one', 'two'], needs: ['three'] })).toBe('With --three: do it')
  expect(meaning('one', { of: ['one'], needs: ['three', 'run'], unless: ['two'] })).toBe(
    'With --three, --run: do it',
  )
  expect(meaning('one', { of: ['one'], needs: ['act go', 'act stop'] })).toBe('With --act go, stop: do it')
  expect(meaning('one', { of: ['one'], needs: ['two'] }, { of: ['one'], needs: ['act go'] })).toBe(
    'With --two and --act go: do it',
  )
  const says = { ...flag, describe: 'With --two or a word: do it' }
  expect(meaningOfOption('one', says, table({ of: ['one'], needs: ['two'] }))).toBe(says.describe)
  expect(meaning('act', { of: ['act'], needs: ['two'] })).toBe('With --two: ACT on it')
})

it('C8 a need of a certain value, or one that a word may meet, is left out', () => {
  expect(meaning('one', { of: ['one'], needs: ['two', 'file'] })).toBe('Do it')
  expect(meaning('act', { of: ['act go'], needs: ['two'] })).toBe('ACT on it')
  expect(needsOf('one', table({ of: ['two'], needs: ['one'] }, { of: ['one'], excludes: ['two'] }))).toEqual(
    [],
  )
})

it('C8 so does that of a word that exists only with an option', () => {
  expect(table().positionals.map(meaningOfPositional)).toEqual(['With --one: read this'])
})

it('C8 what excludes each other does so both ways, in the order of the table', () => {
  const of = table({ of: ['three', 'two'], excludes: ['four', 'one'] }, { of: ['act go'], excludes: ['two'] })
  expect(excludedWith('one', of)).toEqual(['two', 'three'])
  expect(excludedWith('two', of)).toEqual(['one', 'four'])
  expect(excludedWith('act', of)).toEqual([])
})

it('C8 a rule that another option can still lift excludes nothing', () => {
  const lifted: Rule = { of: ['one'], unless: ['three'], excludes: ['two'] }
  expect(excludedWith('two', table(lifted))).toEqual([])
  expect(excludedWith('two', table(lifted, { of: ['three'], excludes: ['one'] }))).toEqual(['one'])
  expect(excludedWith('two', table(lifted, { of: ['three'], unless: ['four'], excludes: ['one'] }))).toEqual(
    [],
  )
})

it('C8 completion has an option after what it needs or what lifts that, not after what excludes it', () => {
  expect(completed('one')).toEqual({ after: [], notAfter: [] })
  expect(completed('one', { of: ['one'], needs: ['act go', 'act stop'], unless: ['two'] })).toEqual({
    after: [['--act', '--two', '-t']],
    notAfter: [],
  })
  expect(completed('one', { of: ['two'], excludes: ['one'] })).toEqual({
    after: [],
    notAfter: ['--two', '-t'],
  })
})

it('C8 what the last option of the line may meet is offered before it', () => {
  expect(completed('one', { of: ['one'], needs: ['two', 'run'] })).toEqual({ after: [], notAfter: [] })
})
