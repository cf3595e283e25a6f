import { expect, it } from 'vitest'
import { MESSAGE_TYPES } from '../message/protocol'
import { nearestNames, nearestOf } from './nearest'

const PROJECTS = ['bakery', 'bank', 'mill', 'Miller', 'x', 'warehouse-north', 'Backstube']

it.each([
  ['bakry', ['bakery']],
  ['baekry', ['bakery']],
  ['BAKERY', ['bakery']],
  ['mil', ['mill', 'Miller']],
  ['ware', ['warehouse-north']],
  ['zebra', []],
  ['', []],
  ['y', []],
  ['b'.repeat(1_000_000), []],
])('C9 C16 nearest to %.20s', (word, expected) => {
  expect(nearestNames(word, PROJECTS)).toEqual(expected)
})

it('C9 names each name once, in one order, and no more than asked for', () => {
  expect(nearestNames('ab', ['ac', 'aa', 'ac', 'ad', 'ae'])).toEqual(['aa', 'ac', 'ad'])
  expect(nearestNames('ab', ['ac', 'aa'], 1)).toEqual(['aa'])
})

const [first = '', ...others] = MESSAGE_TYPES

it.each([
  ['reqeust', 'request'],
  ['Query', 'query'],
  ['completed', 'complete'],
  ['progres', 'progress'],
  ['escalation', 'escalate'],
])('C9 of the message types %s means %s', (word, expected) => {
  expect(nearestOf(word, [first, ...others])).toBe(expected)
})

it('C9 always has a nearest type', () => {
  expect(MESSAGE_TYPES).toContain(nearestOf('☃'.repeat(1_000_000), [first, ...others]))
  expect(MESSAGE_TYPES).toContain(nearestOf('', [first, ...others]))
})
