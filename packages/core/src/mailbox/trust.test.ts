import { describe, expect, it } from 'vitest'
import { originOf } from './trust'

const STAMP = '20260101T000000Z-from-'
const known = ['career', 'career-flour', 'mill']

describe('B39 the project that a file name is from', () => {
  it.each([
    ['career-flour', 'flour', 'career'],
    ['career--flour', 'flour', 'career'],
    ['career--flour', '-flour', 'career'],
    ['career-x-flour', 'flour', 'career'],
    ['career-x-flour', 'x-flour', 'career'],
    ['career-x', 'another', 'career'],
    ['career-flour', 'career-flour', 'career'],
    ['career-x-', '', 'career'],
    ['career-flour-x', 'x', 'career-flour'],
    ['career-flour-x', 'flour-x', 'career'],
    ['career-flour-x', 'another', 'career-flour'],
    ['career-flour-x-y', 'y', 'career-flour'],
    ['career-flours-x', 'x', 'career'],
    ['careers-flour', 'flour', undefined],
    ['x-career-flour', 'flour', undefined],
    ['x-career-flour', 'career-flour', undefined],
    ['-career-flour', 'flour', undefined],
    ['caf\udce9-career-x', 'x', undefined],
  ])('%s in conversation %j is from %s', (stem, conversation, project) => {
    expect(originOf(`${STAMP}${stem}.org`, conversation, known)).toEqual({ project })
  })
  it.each([
    [`${STAMP}career.org`, 'career'],
    [`${STAMP}career-.org`, ''],
    [`${STAMP}-flour.org`, 'flour'],
    [`${STAMP}--flour.org`, '-flour'],
    [`${STAMP}.org`, ''],
    [`${STAMP}career-flour`, 'flour'],
    [`${STAMP}career-flour.org.asc`, 'flour'],
    ['m.org', 'flour'],
    [`.${STAMP}career-flour.org`, 'flour'],
    ['20260101-from-career-flour.org', 'flour'],
    ['20260101T000000Zfrom-career-flour.org', 'flour'],
  ])('%s in conversation %j is outside the grammar', (name, conversation) => {
    expect(originOf(name, conversation, known)).toEqual({ outsideGrammar: true })
  })
})
