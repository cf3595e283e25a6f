import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AnswerHold } from './answer-hold'
import { isAwaited, takesIn, waitsIn } from './takes'

let inbox: string
beforeEach(() => {
  inbox = join(mkdtempSync(join(tmpdir(), 'hold-')), 'inbox')
  mkdirSync(inbox)
})
afterEach(() => rmSync(join(inbox, '..'), { recursive: true }))

const session = (id: string) => ({ id, process: undefined })
const begin = (id: string, conversation = 'flour', request?: string, now = Date.now()) =>
  AnswerHold.begin(
    { session: session(id), conversation, request, inboxes: [inbox], until: now + 60_000 },
    () => now,
  )
const now = () => Date.now()

it('C28 one session holds a conversation until it lets it go', () => {
  const hold = begin('a')
  if (!(hold instanceof AnswerHold)) throw new Error('not held')
  expect(begin('b')).toEqual({ holder: 'a' })
  expect(begin('b', 'talk')).toBeInstanceOf(AnswerHold)
  expect(begin('a')).toBeInstanceOf(AnswerHold)
  expect(takesIn(inbox, now())).toEqual([])
  expect(
    waitsIn(inbox, now())
      .map(({ by, conversation }) => `${by} ${conversation}`)
      .sort(),
  ).toEqual(['a flour', 'a flour', 'b talk'])
  hold.end()
  expect(readdirSync(inbox)).toHaveLength(2)
})

it('C28 a hold ends with its time, and the next one clears it away', () => {
  begin('a', 'flour', undefined, Date.now() - 120_000)
  expect(waitsIn(inbox, now())).toEqual([])
  expect(begin('b')).toBeInstanceOf(AnswerHold)
  expect(readdirSync(inbox)).toHaveLength(1)
})

it('C28 nobody is told of what comes in the conversation; of the request, all but the session that asks', () => {
  const [request, other] = [join(inbox, 'request.org'), join(inbox, 'other.org')]
  writeFileSync(request, 'ours')
  writeFileSync(other, 'theirs')
  begin('a', 'flour', createHash('sha256').update('ours').digest('hex'))
  const waits = waitsIn(inbox, now())
  const isHeldFrom = (id: string, path: string, conversation = 'flour') =>
    isAwaited({ path, conversation }, waits, [session(id)])
  expect([isHeldFrom('a', other), isHeldFrom('b', other)]).toEqual([true, true])
  expect([isHeldFrom('a', request), isHeldFrom('b', request)]).toEqual([true, false])
  expect(isHeldFrom('b', other, 'talk')).toBe(false)
})
