import { expect, it } from 'vitest'
import { toCompactJson, toJson } from './json'
import { utcIso } from './utc'

const value = { text: 'é😀\x7f\x1b"\\\n', list: [1, null, true], empty: {}, none: [] }

it('indents by two and escapes all but ASCII', () => {
  expect(toJson(value)).toBe(
    '{\n  "text": "\\u00e9\\ud83d\\ude00\\u007f\\u001b\\"\\\\\\n",\n  "list": [\n    1,\n    null,\n    true\n  ],\n  "empty": {},\n  "none": []\n}',
  )
})

it('has a compact form with blanks', () => {
  expect(toCompactJson(value)).toBe(
    '{"text": "\\u00e9\\ud83d\\ude00\\u007f\\u001b\\"\\\\\\n", "list": [1, null, true], "empty": {}, "none": []}',
  )
})

it('writes times with microseconds, unless they are zero', () => {
  expect(utcIso(Date.UTC(2026, 3, 27, 9, 10, 15, 7))).toBe('2026-04-27T09:10:15.007000+00:00')
  expect(utcIso(Date.UTC(2026, 3, 27, 9, 10, 15, 0))).toBe('2026-04-27T09:10:15+00:00')
})
