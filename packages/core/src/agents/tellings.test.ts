import { describe, expect, it } from 'vitest'
import type { Take } from '../mailbox/takes'
import { emptyRecord, type KnownSession } from './project-record'
import { holdOf, PATIENCE, turnOf } from './tellings'

function session(key: string, lastEvent: number, more: Partial<KnownSession> = {}): KnownSession {
  return {
    key,
    id: key,
    agent: 'codex',
    process: undefined,
    servedIn: '',
    isOneShot: false,
    isIdle: true,
    lastEvent,
    answeredAt: 0,
    prolongedAt: 0,
    answer: '-',
    warnedAt: 0,
    waiter: '',
    formerly: [],
    ...more,
  }
}

describe('C23 whose turn it is', () => {
  const message = { message: 'm', arrived: 10_000 }
  const [old, mid, last] = [session('old', 1), session('mid', 2), session('last', 3)]
  const record = { ...emptyRecord(), sessions: [old, mid, last] }

  it('C23 the session that was active last is first, each further one a minute later', () => {
    expect(turnOf(last, message, record, 10_000, false)).toBe('now')
    expect(turnOf(mid, message, record, 10_000, false)).toBe(10_000 + PATIENCE)
    expect(turnOf(old, message, record, 10_000, false)).toBe(10_000 + 2 * PATIENCE)
    expect(turnOf(mid, message, record, 10_000 + PATIENCE, false)).toBe('now')
  })

  it('C23 after one was told, the next comes a minute later, and none twice', () => {
    const told = { ...record, tellings: [{ message: 'm', session: 'last', at: 20_000 }] }
    expect(turnOf(last, message, told, 10 * PATIENCE, false)).toBe('never')
    expect(turnOf(mid, message, told, 20_000, false)).toBe(20_000 + PATIENCE)
    expect(turnOf(old, message, told, 20_000, false)).toBe(20_000 + 2 * PATIENCE)
    // With an event of its own it is the one that was active last.
    expect(turnOf(old, message, told, 20_000, true)).toBe(20_000 + PATIENCE)
    expect(turnOf(old, message, told, 20_000 + PATIENCE, true)).toBe('now')
  })

  it('C23 what a run of one prompt was told counts for nobody else', () => {
    const run = session('run', 9, { isOneShot: true })
    const told = {
      ...record,
      sessions: [last, run],
      tellings: [{ message: 'm', session: 'run', at: 20_000 }],
    }
    expect(turnOf(last, message, told, 20_000, false)).toBe('now')
  })

  it('C23 an earlier name is the same session', () => {
    const renamed = session('new', 4, { formerly: [{ key: 'last', id: 'last' }] })
    const told = { ...record, sessions: [renamed], tellings: [{ message: 'm', session: 'last', at: 20_000 }] }
    expect(turnOf(renamed, message, told, 10 * PATIENCE, true)).toBe('never')
  })
})

describe('C23 what is taken', () => {
  const take: Take = {
    inbox: '/i',
    name: 'a.org',
    conversation: 'talk',
    by: 'one',
    since: 0,
    until: 1,
    process: undefined,
  }
  const own = (id: string) => [{ id, process: undefined }]

  it('C23 is told to nobody; more in its conversation to its session alone', () => {
    expect(holdOf('a.org', () => 'talk', [take], own('one'))).toBe('taken')
    expect(holdOf('b.org', () => 'talk', [take], own('one'))).toBe('own')
    expect(holdOf('b.org', () => 'talk', [take], own('two'))).toBe('other')
    expect(holdOf('b.org', () => 'else', [take], own('two'))).toBe('none')
    expect(holdOf('b.org', () => undefined, [{ ...take, conversation: undefined }], own('two'))).toBe('none')
  })
})
