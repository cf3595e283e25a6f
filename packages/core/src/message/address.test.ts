import { describe, expect, it } from 'vitest'
import { looseName, parseAddress } from './address'

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
