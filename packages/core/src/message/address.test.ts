import { describe, expect, it } from 'vitest'
import { isMachineName, isSentToOther, looseName, parseAddress } from './address'

describe('B67 FROM and TO', () => {
  it.each([
    ['vm.career', 'vm', 'career'],
    ['vm.my.project', 'vm', 'my.project'],
    ['Büro.größe', 'Büro', 'größe'],
    ['vm.two words', 'vm', 'two words'],
    ['vm.a', 'vm', 'a'],
    ['vm._x-', 'vm', '_x-'],
    ['vm.❤️', 'vm', '❤️'],
  ])('%s is an address', (text, machine, project) => {
    expect(parseAddress(text)).toEqual({ machine, project })
  })

  it.each([
    '',
    'vm',
    '.career',
    'vm.',
    'vm..career',
    'vm.career.',
    'vm.career/',
    'vm.x/../career',
    'v/m.career',
    'vm. career',
    'vm.career ',
    'vm.career\u00a0',
    ' vm.career',
    'vm .career',
    'vm.car\u200beer',
    'vm.\u202ecareer',
    'vm.car\u00adeer',
    'vm\ufeff.career',
    'vm.car\teer',
    'vm.car\0eer',
    'vm.car\u2028eer',
    'vm.car\u0085eer',
    'vm.caf\udce9',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  it.each([
    ['Career', 'career'],
    ['ｃareer', 'career'],
    ['cafe\u0301', 'café'],
    ['car\u034feer', 'career'],
    ['STRASSE', 'straße'],
    ['ﬁsh', 'fish'],
  ])('%s may be taken for %s', (name, other) => {
    expect(looseName(name)).toBe(looseName(other))
  })

  it('others are told apart', () => {
    expect(looseName('career')).not.toBe(looseName('carer'))
  })
})

describe('C35 the name of a machine', () => {
  it.each(['vm', 'Büro', 'vm-2_b', '2', 'locals', 'a'.repeat(63)])('%s may be one', (name) => {
    expect(isMachineName(name)).toBe(true)
  })

  it.each([
    '',
    'vm.lan',
    'a/b',
    'a b',
    ' a',
    'a,b',
    '-a',
    'local',
    'LOCAL',
    'lo\u200bcal',
    'a\x1bb',
    'a\u202eb',
    'a\u2028b',
    'a'.repeat(64),
  ])('%j is none', (name) => {
    expect(isMachineName(name)).toBe(false)
  })

  it.each([
    ['vm.mill', false],
    ['VM.mill', false],
    ['local.mill', false],
    ['the mill', false],
    ['', false],
    ['other.mill', true],
  ])('B54 TO %j proves that its sender calls vm otherwise: %j', (to, expected) => {
    expect(isSentToOther(to, 'vm')).toBe(expected)
  })
})
