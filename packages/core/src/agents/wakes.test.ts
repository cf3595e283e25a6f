import { describe, expect, it } from 'vitest'
import { emptyRecord } from './project-record'
import { arrivalOf, countWake, HOUR, holdBack, isSilent, mayWake, uncountWake } from './wakes'

const LIMITS = { perConversation: 2, perProject: 3 }

describe('C24 the count of wakes', () => {
  it('C24 allows so many an hour for a conversation, and in all', () => {
    const record = emptyRecord()
    const may = (conversation: string, now: number) => mayWake(record, conversation, LIMITS, now)
    countWake(record, 'a', ['loop'], 1000)
    countWake(record, 'b', ['loop', 'loop'], 2000)
    expect(may('loop', 3000)).toBe(1000 + HOUR)
    expect(may('other', 3000)).toBe('now')
    countWake(record, 'b', ['other'], 3000)
    expect(may('third', 4000)).toBe(1000 + HOUR)
    expect(may('loop', 1000 + HOUR)).toBe('now')
    countWake(record, 'b', ['loop'], 1000 + HOUR)
    expect(may('loop', 1001 + HOUR)).toBe(2000 + HOUR)
    expect(record.wakes).toHaveLength(3)
  })

  it('C24 counts a wake for each conversation that it tells of, and once in all', () => {
    const record = emptyRecord()
    countWake(record, 'a', ['one', 'two'], 0)
    countWake(record, 'a', ['one', 'two'], 1)
    expect(mayWake(record, 'one', LIMITS, 2)).toBe(HOUR)
    expect(mayWake(record, 'three', LIMITS, 2)).toBe('now')
    uncountWake(record, 'a')
    expect(mayWake(record, 'one', LIMITS, 2)).toBe('now')
  })

  it('C24 0 is never', () => {
    expect(mayWake(emptyRecord(), 'a', { perConversation: 0, perProject: 3 }, 0)).toBe('never')
    expect(mayWake(emptyRecord(), 'a', { perConversation: 3, perProject: 0 }, 0)).toBe('never')
  })

  it('C24 a person is told once, and again only after a quiet day', () => {
    const record = emptyRecord()
    expect(holdBack(record, 'loop', HOUR, 0)).toBe(true)
    expect(holdBack(record, 'loop', 2 * HOUR, HOUR)).toBe(false)
    expect(holdBack(record, 'other', 2 * HOUR, HOUR)).toBe(true)
    expect(arrivalOf(5, 'loop', record)).toBe(2 * HOUR)
    expect(arrivalOf(5, 'free', record)).toBe(5)
    expect(holdBack(record, 'loop', 30 * HOUR, 27 * HOUR)).toBe(true)
  })

  it('C24 progress and release wake nobody', () => {
    expect(['request', 'query', 'complete', 'pushback', 'escalate'].some(isSilent)).toBe(false)
    expect(['progress', 'release', undefined].every(isSilent)).toBe(true)
  })
})
