import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { canonicalName } from '../message/message-name'
import { knownConversations, listConversations } from './known-conversations'

let folder = ''
let inbox = ''

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/known-`)
  inbox = `${folder}/inbox`
  mkdirSync(`${inbox}/done`, { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true }))

function put(path: string, conversation: string, sequence: string): void {
  writeFileSync(`${inbox}/${path}`, `#+CONVERSATION_ID: ${conversation}\n#+SEQUENCE: ${sequence}\n\ntext\n`)
}

const stamped = (conversation: string, second = 0) => canonicalName(second * 1000, 'mill', conversation)
const known = () => knownConversations(listConversations([inbox, inbox, `${folder}/none`]))

it('C9 the highest sequence is that of inbox and done/ together', () => {
  put(stamped('sacks'), 'sacks', '2')
  put(stamped('sacks', 1), 'sacks', '10')
  put(`done/${stamped('sacks', 2)}`, 'sacks', '0_11')
  put(stamped('other'), 'other', '99')
  expect(known().highestSequence('sacks')).toBe(11n)
  expect(known().highestSequence('other')).toBe(99n)
  expect(known().highestSequence('none')).toBeUndefined()
})

it('C9 the head decides, not the name', () => {
  put(stamped('three-sacks'), 'three-sacks', '7')
  put(stamped('a-lie'), 'truth', '8')
  expect(known().isKnown('sacks')).toBe(false)
  expect(known().isKnown('three-sacks')).toBe(true)
  expect(known().isKnown('lie')).toBe(false)
  expect(known().highestSequence('sacks')).toBeUndefined()
})

it('C9 names without a stamp are read', () => {
  put('by-hand.org', 'sacks', '3')
  put(`done/done-${stamped('odd')}`, 'sacks-2', '4')
  put('notes.txt', 'text', '1')
  expect(known().highestSequence('sacks')).toBe(3n)
  expect(known().highestSequence('sacks-2')).toBe(4n)
  expect(known().isKnown('text')).toBe(false)
})

it('C9 C14 a number that done/ gave is no part of the conversation, unless it is', () => {
  put(`done/${stamped('sacks').replace(/org$/, '2.org')}`, 'sacks', '5')
  put(stamped('v1.2'), 'v1.2', '6')
  expect(known().highestSequence('sacks')).toBe(5n)
  expect(known().highestSequence('v1.2')).toBe(6n)
  expect(known().isKnown('v1')).toBe(false)
})

it.each(['-', 'a-', '-a', 'a--b', 'ä b', '2'])('C9 a conversation named %j is found', (conversation) => {
  put(stamped(conversation), conversation, '1')
  expect(known().highestSequence(conversation)).toBe(1n)
})

it('C9 what cannot be read or told is not counted', () => {
  mkdirSync(`${inbox}/${stamped('sacks')}`)
  writeFileSync(`${inbox}/${stamped('sacks', 1)}`, Buffer.from([0xff, 0xfe]))
  put(stamped('sacks', 2), 'sacks', 'three')
  expect(known().isKnown('sacks')).toBe(true)
  expect(known().highestSequence('sacks')).toBeUndefined()
  const vanished = knownConversations([{ folder: `${folder}/none`, names: [stamped('sacks')] }])
  expect(vanished.isKnown('sacks')).toBe(false)
})

it('C9 heads are read when they are needed, and once', () => {
  put(stamped('sacks'), 'sacks', '1')
  put(stamped('bread'), 'bread', '1')
  const before = known()
  expect(before.isKnown('sacks')).toBe(true)
  put(stamped('sacks'), 'sacks', '2')
  put(stamped('bread'), 'bread', '2')
  expect(before.highestSequence('sacks')).toBe(1n)
  expect(before.highestSequence('bread')).toBe(2n)
})
