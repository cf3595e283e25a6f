import { describe, expect, it } from 'vitest'
import { readHeader } from '../message/header'
import { headerProblem } from '../message/protocol'
import { headerHint } from './header-hint'

const GOOD = {
  TITLE: 'Sacks',
  CONVERSATION_ID: 'sacks',
  MESSAGE_TYPE: 'request',
  SEQUENCE: '1',
  TIMESTAMP: '2026-04-27T04:11:42-05:00',
  PROTOCOL_VERSION: '5',
}
const NOW = Date.UTC(2026, 3, 27)

function textWith(changes: Partial<Record<keyof typeof GOOD, string | undefined>>): string {
  const lines = Object.entries({ ...GOOD, ...changes }).map(([key, value]) =>
    value === undefined ? '' : `#+${key}: ${value}\n`,
  )
  return `${lines.join('')}\nbody\n`
}

function hintFor(text: string): string | undefined {
  return headerHint({ header: readHeader(text, true).header, text, now: NOW })
}

/** The first line of a hint that shows a field. */
function lineIn(hint: string | undefined): string {
  return /#\+[A-Z_]+: [^;(]*[^;( ]/.exec(hint ?? '')?.[0] ?? ''
}

describe('C9 errors that teach', () => {
  it('C9 says nothing of a good header', () => {
    expect(hintFor(textWith({}))).toBeUndefined()
  })

  it.each([
    ['MESSAGE_TYPE', 'reqeust', '#+MESSAGE_TYPE: request'],
    ['MESSAGE_TYPE', 'Completed', '#+MESSAGE_TYPE: complete'],
    ['SEQUENCE', 'no. 7', '#+SEQUENCE: 7'],
    ['SEQUENCE', 'first', '#+SEQUENCE: 1'],
    ['PROTOCOL_VERSION', '4', '#+PROTOCOL_VERSION: 5'],
    ['CONVERSATION_ID', 'flour/sacks', '#+CONVERSATION_ID: flour-sacks'],
  ] as const)('C9 shows the line as it should be: %s %s', (field, value, line) => {
    const hint = hintFor(textWith({ [field]: value }))
    expect(hint).toContain(`write: ${line}`)
  })

  it('C9 an unknown type is told all seven', () => {
    expect(hintFor(textWith({ MESSAGE_TYPE: 'x' }))).toContain('complete, escalate, progress, pushback')
  })

  it.each(['2026-04-27T04:11:42', '20260427T0411', '2026-04-27 04:11'])(
    'C9 a timestamp %s lacks its offset only',
    (value) => {
      expect(lineIn(hintFor(textWith({ TIMESTAMP: value })))).toContain(`#+TIMESTAMP: ${value}`)
    },
  )

  it.each(['yesterday', '[2026-04-27 Mon 04:11]', '', '2026-13-01T00:00:00'])(
    'C9 another timestamp %j is shown the present',
    (value) => {
      const line = lineIn(hintFor(textWith({ TIMESTAMP: value })))
      expect(
        headerProblem(readHeader(textWith({}).replace(/#\+TIMESTAMP.*/, line), true).header),
      ).toBeUndefined()
    },
  )

  it.each(Object.keys(GOOD))('C9 a missing %s: the line to add is a good one', (field) => {
    const text = textWith({ [field]: undefined })
    const line = lineIn(hintFor(text))
    expect(line.startsWith(`#+${field}: `)).toBe(true)
    expect(headerProblem(readHeader(`${line}\n${text}`, true).header)).toBeUndefined()
  })

  it('C9 some missing lines are all shown; for a whole header there is a shorter way', () => {
    expect(hintFor(textWith({ TITLE: undefined, SEQUENCE: undefined }))).toBe(
      'add: #+TITLE: Three sacks of flour; #+SEQUENCE: 1',
    )
    expect(hintFor('Three sacks, please.\n')).toContain('give the text with -m TEXT')
  })

  it('C9 keys in lower case are named as such', () => {
    expect(hintFor(textWith({}).toLowerCase())).toContain('write #+TITLE: instead of #+title:')
    expect(hintFor(textWith({ TITLE: undefined }).replace('#+SEQ', '#+Title: x\n#+SEQ'))).toContain(
      'write #+TITLE: instead of #+Title:',
    )
    expect(hintFor(textWith({}).replace('#+CONVERSATION_ID', '#+conversation-id'))).toContain(
      'write #+CONVERSATION_ID: instead of #+conversation-id:',
    )
    expect(hintFor(textWith({}).replace('#+TITLE', ' #+TITLE'))).toContain('at the start of the line')
  })

  it('C9 a field behind the end of the header is named', () => {
    expect(hintFor(textWith({}).replace('#+SEQ', '\n#+SEQ'))).toContain('line 5 (#+SEQUENCE:) comes too late')
  })

  it('C4 front matter that is not taken for it is pointed out', () => {
    const fields = 'title: a\nsequence: 1\n'
    expect(hintFor(`\n---\n${fields}---\nbody`)).toContain('line 3 (title:) is front matter')
    expect(hintFor(`#+DATE: x\n\n---\r\n${fields}---\r\nbody`)).toContain('line 4 (title:) is front matter')
    expect(hintFor(`${fields}\nbody`)).toContain('line 1 (title:) is not a header line')
  })

  it('B44 nothing of the message moves a terminal or makes a second line', () => {
    const hostile = '\x1b[2J\u202e\u2028\x9b'
    for (const field of Object.keys(GOOD)) {
      for (const value of [hostile, `1${hostile}`, 'x'.repeat(100_000)]) {
        const hint = hintFor(textWith({ [field]: value })) ?? ''
        expect(hint).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e\u2028]/)
        expect(hint.length).toBeLessThan(1500)
      }
    }
    expect(hintFor(`\x1b[2J#+title: a\ntitle:\x1b[2J`) ?? '').not.toMatch(/\x1b/)
  })
})
