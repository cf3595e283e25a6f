import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { publishHeld } from '../agents/publish-held'
import { RecordStore, recordFolder } from '../agents/record-store'
import { countWake, holdBack } from '../agents/wakes'
import { paths } from '../fs/paths'
import { WakeReader } from './wake-reader'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'wakes-'))
})
afterEach(() => rmSync(home, { recursive: true }))
const SESSION = {
  key: 'k1',
  id: 'session 1',
  agent: 'claude' as const,
  process: undefined,
  servedIn: '',
  isOneShot: false,
  isIdle: true,
  lastEvent: 1,
  answeredAt: 0,
  prolongedAt: 0,
  answer: '-',
  warnedAt: 0,
  waiter: '',
  formerly: [],
}

it('C31 finds which sessions were woken, and what wakes nobody for now', () => {
  const reader = new WakeReader(paths(home))
  const now = Date.now()
  expect(reader.wakes(['bob'])).toEqual(new Map())
  const store = new RecordStore(paths(home), 'bob')
  store.change((record) => {
    record.sessions.push({ ...SESSION })
    countWake(record, 'k1', ['talk'], now)
    holdBack(record, 'loop', now + 1000, now)
    publishHeld(paths(home), 'bob', record, now)
  })
  const found = reader.wakes(['bob', 'other'])
  expect([...found.values()]).toEqual([{ project: 'bob', agent: 'claude', session: 'session 1', at: now }])
  expect(reader.wakes(['bob', 'other'])).toBe(found)
  const holds = reader.holds(now)
  expect([...holds.values()]).toEqual([{ project: 'bob', conversation: 'loop', until: now + 1000 }])
  expect(reader.holds(now)).toBe(holds)
  expect(reader.holds(now + 1000).size).toBe(0)
})

it('C31 a record that cannot be read is as it was', () => {
  const reader = new WakeReader(paths(home))
  new RecordStore(paths(home), 'bob').change((record) => countWake(record, 'k1', ['talk'], Date.now()))
  const found = reader.wakes(['bob'])
  expect(found.size).toBe(1)
  writeFileSync(join(recordFolder(paths(home), 'bob'), 'record.json'), '{')
  expect(reader.wakes(['bob'])).toBe(found)
})
