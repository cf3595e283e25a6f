import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownProcess } from '../programs/process-id'
import { Claims } from './claims'
import { takesIn } from './takes'

const HOUR = 3600_000
const NAME = '20260101T000000Z-from-mill-talk.org'
const SECOND = '20260101T000001Z-from-mill-talk.org'
/** `alone`: not the conversation. */
const wish = (name = NAME, alone?: 'alone') => ({
  inbox,
  name,
  conversation: alone === undefined ? 'talk' : undefined,
})

let inbox: string
beforeEach(() => {
  inbox = mkdtempSync(join(tmpdir(), 'takes-'))
  for (const name of [NAME, SECOND]) writeFileSync(join(inbox, name), 'text')
})
afterEach(() => rmSync(inbox, { recursive: true }))

const claimsOf = (id: string, now: () => number = Date.now) =>
  new Claims({ id, process: undefined }, [inbox], now)
const files = () => readdirSync(inbox).filter((name) => name.startsWith('.tmp.'))
const taken = (now = Date.now()) => takesIn(inbox, now).map(({ name, by }) => `${by} ${name}`)
/** Takes as recv does it. */
function take(claims: Claims, name = NAME, alone?: 'alone'): boolean {
  if (!claims.begin(wish(name, alone), readdirSync(inbox))) return false
  return claims.settle(wish(name, alone), 'sum', Date.now() + HOUR) !== undefined
}

describe('C21 takes', () => {
  it('count from the moment that the message is checked', () => {
    const claims = claimsOf('a')
    expect(claims.begin(wish(), readdirSync(inbox))).toBe(true)
    expect(taken()).toEqual([])
    expect(take(claimsOf('b'))).toBe(false)
    expect(claims.settle(wish(), 'sum', Date.now() + HOUR)).toMatchObject({ isNew: true })
    expect(takesIn(inbox, Date.now())).toMatchObject([{ inbox, name: NAME, conversation: 'talk', by: 'a' }])
    expect(files()).toHaveLength(1)
  })

  it('leave nothing behind if the check comes to nothing', () => {
    const claims = claimsOf('a')
    claims.begin(wish(), readdirSync(inbox))
    claims.abandon()
    expect(files()).toEqual([])
    expect(take(claimsOf('b'))).toBe(true)
  })

  it('hold a conversation for one session, a single message alone', () => {
    expect(take(claimsOf('a'))).toBe(true)
    expect(take(claimsOf('b'), SECOND)).toBe(false)
    expect(take(claimsOf('b'), SECOND, 'alone')).toBe(true)
    expect(taken().sort()).toEqual([`a ${NAME}`, `b ${SECOND}`])
    expect(take(claimsOf('c'), SECOND, 'alone')).toBe(false)
  })

  it('keep their beginning when they are renewed', async () => {
    let now = Date.now()
    const claims = claimsOf('a', () => now)
    expect(take(claims)).toBe(true)
    const [first] = takesIn(inbox, now)
    now += 1000
    const again = claimsOf('a', () => now).settle(wish(), 'sum', now + HOUR)
    expect(again).toEqual({ since: first?.since, isNew: false })
    expect(takesIn(inbox, now)[0]?.until).toBe(now + HOUR)
  })

  it('are given back one by one', () => {
    const claims = claimsOf('a')
    for (const name of [NAME, SECOND]) expect(take(claims, name)).toBe(true)
    expect(files()).toHaveLength(1)
    expect(claimsOf('b').giveBack(inbox, NAME)).toBe(false)
    expect(claims.giveBack(inbox, NAME)).toBe(true)
    expect(taken()).toEqual([`a ${SECOND}`])
    expect(claims.giveBack(inbox, SECOND)).toBe(true)
    expect(files()).toEqual([])
  })

  it('of a session that had an old view are not written over newer ones', () => {
    const old = readdirSync(inbox)
    expect(take(claimsOf('a'))).toBe(true)
    expect(claimsOf('b').begin(wish(), old)).toBe(false)
    // The numbers begin anew: here b still believes in a number that is gone.
    const [file = ''] = files()
    claimsOf('a').giveBack(inbox, NAME)
    writeFileSync(join(inbox, file), '{"torn":')
    const dayAgo = Date.now() / 1000 - 25 * 3600
    utimesSync(join(inbox, file), dayAgo, dayAgo)
    const stale = readdirSync(inbox)
    rmSync(join(inbox, file))
    expect(take(claimsOf('a'))).toBe(true)
    expect(claimsOf('b').begin(wish(), stale)).toBe(false)
    expect(taken()).toEqual([`a ${NAME}`])
  })

  it.each([
    ['torn', '{"version":1,'],
    ['of another form', '{"version":1,"by":"a"}\n'],
    ['of another version', '{"version":2,"by":"a","until":9e15,"isPending":false,"messages":[]}\n'],
    [
      'with a path for a name',
      `{"version":1,"by":"a","until":9e15,"isPending":false,"messages":[{"name":"../${NAME}","since":1}]}\n`,
    ],
  ])('do not count where their file is %s', (_, text) => {
    writeFileSync(join(inbox, `.tmp.taken-c${'0'.repeat(24)}-1`), text)
    expect(taken()).toEqual([])
  })

  it('do not count past their end, a day after writing, or without their message', () => {
    take(claimsOf('a'))
    expect(taken(Date.now() + HOUR - 1000)).toHaveLength(1)
    expect(taken(Date.now() + HOUR + 1000)).toEqual([])
    rmSync(join(inbox, NAME))
    expect(taken()).toEqual([])
  })

  it('are no folders, whatever their name', () => {
    mkdirSync(join(inbox, `.tmp.taken-c${'0'.repeat(24)}-1`))
    expect(taken()).toEqual([])
    expect(take(claimsOf('a'))).toBe(true)
  })

  it.runIf(ownProcess() !== undefined)('end with their process', () => {
    const process = ownProcess()
    if (process === undefined) throw new Error('unknown')
    const session = (started: string) => ({ id: 'a', process: { ...process, started } })
    const now = Date.now
    expect(take(new Claims(session(process.started), [inbox], now))).toBe(true)
    expect(taken()).toHaveLength(1)
    expect(take(claimsOf('b'))).toBe(false)
    new Claims(session(process.started), [inbox], now).giveBack(inbox, NAME)
    // Another process had this number before.
    expect(take(new Claims(session('1'), [inbox], now))).toBe(true)
    expect(taken()).toEqual([])
    expect(take(claimsOf('b'))).toBe(true)
  })
})
