import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listInbox } from '../mailbox/listing'
import { canonicalName } from '../message/message-name'
import { type Checks, knownConversations } from './known-conversations'

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
const said: string[] = []
const all: Checks = { isGenuine: () => Promise.resolve(true), tell: (line) => said.push(line) }
const known = (checks = all) =>
  knownConversations([...listInbox(inbox), ...listInbox(`${folder}/none`)], checks)

it('C9 the highest sequence is that of inbox and done/ together', async () => {
  put(stamped('sacks'), 'sacks', '2')
  put(stamped('sacks', 1), 'sacks', '10')
  put(`done/${stamped('sacks', 2)}`, 'sacks', '0_11')
  put(stamped('other'), 'other', '99')
  expect(await known().highestSequence('sacks')).toBe(11n)
  expect(await known().highestSequence('other')).toBe(99n)
  expect(await known().highestSequence('none')).toBeUndefined()
})

it('C9 the head decides, not the name', async () => {
  put(stamped('three-sacks'), 'three-sacks', '7')
  put(stamped('a-lie'), 'truth', '8')
  expect(known().isKnown('sacks')).toBe(false)
  expect(known().isKnown('three-sacks')).toBe(true)
  expect(known().isKnown('lie')).toBe(false)
  expect(await known().highestSequence('sacks')).toBeUndefined()
})

it('C9 names without a stamp are read', async () => {
  put('by-hand.org', 'sacks', '3')
  put(`done/done-${stamped('odd')}`, 'sacks-2', '4')
  put('notes.txt', 'text', '1')
  expect(await known().highestSequence('sacks')).toBe(3n)
  expect(await known().highestSequence('sacks-2')).toBe(4n)
  expect(known().isKnown('text')).toBe(false)
})

it('C9 C14 a number that done/ gave is no part of the conversation, unless it is', async () => {
  put(`done/${stamped('sacks').replace(/org$/, '2.org')}`, 'sacks', '5')
  put(stamped('v1.2'), 'v1.2', '6')
  expect(await known().highestSequence('sacks')).toBe(5n)
  expect(await known().highestSequence('v1.2')).toBe(6n)
  expect(known().isKnown('v1')).toBe(false)
})

it.each(['-', 'a-', '-a', 'a--b', 'ä b', '2'])(
  'C9 a conversation named %j is found',
  async (conversation) => {
    put(stamped(conversation), conversation, '1')
    expect(await known().highestSequence(conversation)).toBe(1n)
  },
)

it('C9 what cannot be read or told is not counted', async () => {
  mkdirSync(`${inbox}/${stamped('sacks')}`)
  writeFileSync(`${inbox}/${stamped('sacks', 1)}`, Buffer.from([0xff, 0xfe]))
  put(stamped('sacks', 2), 'sacks', 'three')
  expect(known().isKnown('sacks')).toBe(true)
  expect(await known().highestSequence('sacks')).toBeUndefined()
  const listing = { place: 'inbox', folder: `${folder}/none`, names: [stamped('sacks')] } as const
  const vanished = knownConversations([listing], all)
  expect(vanished.isKnown('sacks')).toBe(false)
})

it('C9 heads are read when they are needed, and once', async () => {
  put(stamped('sacks'), 'sacks', '1')
  put(stamped('bread'), 'bread', '1')
  const before = known()
  expect(before.isKnown('sacks')).toBe(true)
  put(stamped('sacks'), 'sacks', '2')
  put(stamped('bread'), 'bread', '2')
  expect(await before.highestSequence('sacks')).toBe(1n)
  expect(await before.highestSequence('bread')).toBe(2n)
})

describe('B65 a number counts', () => {
  const genuine = (...paths: string[]): Checks & { readonly asked: string[] } => {
    const asked: string[] = []
    return {
      asked,
      tell: all.tell,
      isGenuine(path) {
        asked.push(path.slice(inbox.length + 1))
        return Promise.resolve(paths.includes(path.slice(inbox.length + 1)))
      },
    }
  }
  it('of the highest message that recv would accept; no other is asked for', async () => {
    put(stamped('sacks'), 'sacks', '1')
    put(stamped('sacks', 1), 'sacks', '3')
    put('junk.org', 'sacks', '9')
    put(stamped('bread', 1), 'bread', '99')
    const checks = genuine(stamped('sacks'), stamped('sacks', 1))
    expect(await known(checks).highestSequence('sacks')).toBe(3n)
    expect(checks.asked).toEqual(['junk.org', stamped('sacks', 1)])
    expect(known(checks).seemingSequence('sacks')).toBe(9n)
    expect(await known(genuine()).highestSequence('sacks')).toBeUndefined()
  })
  it('that has at most 18 digits and is not negative; what is ignored is told of', async () => {
    put('a.org', 'sacks', '9'.repeat(4300))
    put('b.org', 'sacks', '1'.padEnd(19, '0'))
    put('c.org', 'bread', '-5')
    said.length = 0
    expect(await known().highestSequence('sacks')).toBeUndefined()
    expect(said).toEqual(['ignored in conversation sacks: 2 with a SEQUENCE of more than 18 digits'])
    put('d.org', 'sacks', '9'.repeat(18))
    expect(await known().highestSequence('sacks')).toBe(10n ** 18n - 1n)
    expect(await known().highestSequence('bread')).toBeUndefined()
  })
})
