import { expect, it } from 'vitest'
import { parseTimestamp } from '../message/timestamp'
import { localIso } from './utc'

const AT = Date.UTC(2026, 3, 27, 9, 11, 42, 999)

it.each([
  [300, '2026-04-27T04:11:42-05:00'],
  [0, '2026-04-27T09:11:42+00:00'],
  [-330, '2026-04-27T14:41:42+05:30'],
  [210, '2026-04-27T05:41:42-03:30'],
  [-840, '2026-04-27T23:11:42+14:00'],
  [720, '2026-04-26T21:11:42-12:00'],
])('C9 offset %i: %s', (offset, expected) => {
  expect(localIso(AT, offset)).toBe(expected)
  // It is the instant itself, and what A1 asks of a TIMESTAMP.
  expect(parseTimestamp(expected)).toBe(AT - 999)
})

it("C9 takes this machine's offset at that time", () => {
  expect(parseTimestamp(localIso(AT))).toBe(AT - 999)
})
