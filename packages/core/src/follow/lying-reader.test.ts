import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Judge } from '../mailbox/judge'
import { LyingReader } from './lying-reader'

let inbox: string
let asked: string[]
beforeEach(() => {
  inbox = mkdtempSync(join(tmpdir(), 'lying-'))
  asked = []
})
afterEach(() => rmSync(inbox, { recursive: true }))

const judge: Judge = {
  async isReleased(_, message) {
    asked.push(message.name)
    return 'yes'
  },
}
const ANYTHING = { judge, now: 0, changed: 'anything', mustJudgeAll: false } as const
const NOTHING = { ...ANYTHING, changed: new Set<string>() }
function write(name: string, type = 'request', conversation = 'talk') {
  const fields = { CONVERSATION_ID: conversation, MESSAGE_TYPE: type, TIMESTAMP: '2026-01-01T00:00:00Z' }
  const lines = Object.entries(fields).map(([key, value]) => `#+${key}: ${value}\n`)
  writeFileSync(join(inbox, name), `${lines.join('')}\n`)
}

describe('C31 the messages of an inbox', () => {
  it('what vanishes behind the names is there until the names say that it is not', async () => {
    const reader = new LyingReader(inbox)
    write('a.org')
    const before = await reader.read(['a.org'], ANYTHING)
    rmSync(join(inbox, 'a.org'))
    expect(await reader.read(['a.org', 'never.org'], ANYTHING)).toEqual(before)
    expect((await reader.read([], NOTHING)).size).toBe(0)
  })

  it('a file that has come under a name is seen where events told it, or may have been missed', async () => {
    const reader = new LyingReader(inbox)
    write('a.org')
    write('other')
    const first = (await reader.read(['a.org'], ANYTHING)).get('a.org')
    rmSync(join(inbox, 'a.org'))
    linkSync(join(inbox, 'other'), join(inbox, 'a.org'))
    expect((await reader.read(['a.org'], NOTHING)).get('a.org')).toBe(first)
    const second = (await reader.read(['a.org'], { ...NOTHING, changed: new Set(['a.org']) })).get('a.org')
    expect(second?.file).not.toBe(first?.file)
  })

  it('releases are asked for only where a message of their conversation came or went', async () => {
    const reader = new LyingReader(inbox)
    write('a.org')
    write('b.org', 'request', 'other')
    write('r.org', 'release')
    const found = await reader.read(['a.org', 'b.org', 'r.org'], ANYTHING)
    expect([...found.values()].map(({ isReleased, isRelease }) => [isReleased, isRelease])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ])
    expect(asked).toEqual(['a.org'])
    write('c.org', 'request', 'other')
    await reader.read(['a.org', 'b.org', 'c.org', 'r.org'], NOTHING)
    expect(asked).toEqual(['a.org'])
    await reader.read(['a.org', 'b.org', 'c.org', 'r.org'], { ...NOTHING, mustJudgeAll: true })
    expect(asked).toEqual(['a.org', 'a.org'])
    const after = await reader.read(['a.org', 'b.org', 'c.org'], NOTHING)
    expect(after.get('a.org')?.isReleased).toBe(false)
  })
})
