import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listNames } from '../fs/folder'
import { canonicalName } from '../message/message-name'
import type { Judge, Lying } from './judge'
import type { Listing } from './listing'
import { Mailbox } from './mailbox'

let root: string
let asked: number
/** Every release counts. */
const judge: Judge = {
  isReleased: (_folder, _message, releases) => {
    asked++
    return Promise.resolve(releases.length > 0 ? 'yes' : 'no')
  },
}
const mailbox = () => new Mailbox(['one', 'two'].map((project) => ({ folder: join(root, project), project })))

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mailbox-'))
  asked = 0
  for (const folder of ['one/done', 'two/done']) mkdirSync(join(root, folder), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

/** A message of the conversation `talk`, written in the given second. */
function put(path: string, second: number, type = 'request'): void {
  const timestamp = new Date(second * 1000).toISOString()
  const fields = { TITLE: 'T', CONVERSATION_ID: 'talk', MESSAGE_TYPE: type, TIMESTAMP: timestamp }
  const lines = Object.entries(fields).map(([key, value]) => `#+${key}: ${value}\n`)
  writeFileSync(join(root, path), `${lines.join('')}\ntext\n`)
  utimesSync(join(root, path), second, second)
}

const named = (second: number) => canonicalName(second * 1000, 'mill', 'talk')

describe('C13 the messages of several inboxes', () => {
  it('have one order: stamps first, then the others by time and name', async () => {
    put('one/b.org', 2)
    put(`one/${named(30)}`, 30)
    put(`two/${named(20)}`, 20)
    put('two/a.org', 1)
    put(`two/${named(40)}`, 40)
    const waiting = await mailbox().waiting(judge)
    const names = [named(20), named(30), named(40), 'a.org', 'b.org']
    expect(waiting.map(({ name }) => name)).toEqual(names)
    const first = await mailbox().first(judge)
    expect(first).toMatchObject({ path: join(root, 'two', named(20)), project: 'two', isWhole: true })
    expect(await mailbox().isWaiting(judge)).toBe(true)
  })

  it('are none where there is no inbox, and hidden ones wait for nobody', async () => {
    put('one/.hidden.org', 1)
    put('one/notes.txt', 1)
    expect(await mailbox().first(judge)).toBeUndefined()
    expect(await mailbox().isWaiting(judge)).toBe(false)
    const nowhere = new Mailbox([{ folder: join(root, 'nowhere'), project: 'none' }])
    expect(await nowhere.waiting(judge)).toEqual([])
    const strict = new Mailbox([{ folder: join(root, 'nowhere'), project: 'none' }], listNames)
    await expect(strict.first(judge)).rejects.toThrow('ENOENT')
  })
})

describe('the states of messages', () => {
  const read = ({ folder, names }: Listing) =>
    names.map((name): Lying & { readonly folder: string } => {
      const second = name.startsWith('2026') ? 10 : 20
      const timestamp = new Date(second * 1000).toISOString()
      const type = name.startsWith('release') ? 'release' : 'request'
      return { folder, name, size: 0, from: undefined, conversation: 'talk', type, timestamp }
    })

  it('come from the folder, and from the releases in it', async () => {
    for (const name of ['one/2026-a', 'one/release', 'two/2026-b', 'two/done/2026-c'])
      writeFileSync(join(root, name), '')
    rmSync(join(root, 'one/done'), { recursive: true })
    const ofFiles = (listing: Listing) => read(listing).filter(({ name }) => name !== 'done')
    const found = await mailbox().withStates(ofFiles, judge)
    const states = found.map(({ message, state, inbox }) => [inbox.project, message.name, state])
    const sorted = states.sort((a, b) => String(a).localeCompare(String(b)))
    expect(sorted).toEqual([
      ['one', '2026-a', 'released'],
      ['one', 'release', 'released'],
      ['two', '2026-b', 'waiting'],
      ['two', '2026-c', 'done'],
    ])
  })

  it('B50 a done/ that is a link holds nothing', async () => {
    writeFileSync(join(root, 'two/done/2026-c'), '')
    rmSync(join(root, 'one/done'), { recursive: true })
    symlinkSync(join(root, 'two/done'), join(root, 'one/done'))
    const one = new Mailbox([{ folder: join(root, 'one'), project: 'one' }])
    expect([...one.listings()].map(({ place, names }) => [place, names])).toEqual([
      ['inbox', ['done']],
      ['done', []],
      ['aside', []],
    ])
  })
})

it('lists each inbox once, and asks for no release where there is none', async () => {
  put(`one/${named(1)}`, 1)
  put(`one/${named(2)}`, 2)
  let listed = 0
  const one = new Mailbox([{ folder: join(root, 'one'), project: 'one' }], (folder) => {
    listed++
    return listNames(folder)
  })
  const first = await one.first(judge)
  expect(await one.waiting(judge)).toHaveLength(2)
  expect(one.namesIn(join(root, 'one'))).toContain(named(2))
  expect([listed, asked]).toEqual([1, 0])
  // A header shows the file at the time of the request, and then stays.
  put(`one/${named(1)}`, 1, 'query')
  expect(first?.header?.get('MESSAGE_TYPE')).toBe('query')
  put(`one/${named(1)}`, 1)
  expect(first?.header?.get('MESSAGE_TYPE')).toBe('query')
})
