import { expect, it } from 'vitest'
import { canonicalName, fitsFileSystem } from '../message/message-name'
import { newConversation, slugOf } from './conversation-id'

it.each([
  ['Three sacks, please.', 'three-sacks-please'],
  ['  --Ärger mit Größe 2½--  ', 'arger-mit-große-21-2'],
  ['Crème brûlée / İstanbul', 'creme-brulee-istanbul'],
  ['三袋面粉', '三袋面粉'],
  ['한국어 밀가루', '한국어-밀가루'],
  ['../../etc/passwd', 'etc-passwd'],
  ['a\x00b\u2028c', 'a-b-c'],
  ['🥖🥐', 'message'],
  ['', 'message'],
  ['x'.repeat(100), 'x'.repeat(48)],
  [`${'x'.repeat(47)} yz`, 'x'.repeat(47)],
  ['𝒳'.repeat(60), 'x'.repeat(48)],
  ['😀𠀀'.repeat(60), `${'𠀀-'.repeat(24)}`.slice(0, -1)],
])('C9 the slug of %j', (title, expected) => {
  expect(slugOf(title)).toBe(expected)
})

it('C9 a known conversation gets a number', () => {
  const known = new Set(['sacks', 'sacks-2', 'sacks-4'])
  expect(newConversation('Sacks', 'mill', (id) => known.has(id))).toBe('sacks-3')
  expect(newConversation('Bread', 'mill', (id) => known.has(id))).toBe('bread')
})

it.each(['x', '面', '𠀀'])('C9 the name of a message with its signature fits, made of %s', (character) => {
  for (const sender of ['mill', 'm'.repeat(100), '粉'.repeat(60), 'm'.repeat(210)]) {
    let asked = 0
    const conversation = newConversation(character.repeat(60), sender, () => asked++ < 120)
    expect(fitsFileSystem(canonicalName(0, sender, conversation))).toBe(true)
    expect(conversation).toMatch(/[^-]-121$/)
  }
})

it('C9 ends also where the name of the sender leaves no room', () => {
  const conversation = newConversation('Sacks', 'm'.repeat(300), () => false)
  expect(fitsFileSystem(canonicalName(0, 'm'.repeat(300), conversation))).toBe(false)
})
