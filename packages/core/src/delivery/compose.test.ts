import { describe, expect, it } from 'vitest'
import { Failure } from '../command/failure'
import { readHeader } from '../message/header'
import { headerProblem } from '../message/protocol'
import { composeMessage, madeFields, mergeFields } from './compose'

const made = madeFields({
  conversation: 'sacks',
  sequence: 12n,
  now: Date.UTC(2026, 3, 27),
  from: 'laptop.mill',
  to: 'laptop.bakery',
})
const title = new Map([['TITLE', 'Sacks']])

function failureOf(fields: ReadonlyMap<string, string>): Failure {
  try {
    composeMessage(fields, Buffer.from('x'))
  } catch (error) {
    if (error instanceof Failure) return error
  }
  throw new Error('composed')
}

describe('C9 composed messages', () => {
  it('C9 C11 has its fields in order, a blank line, the body', () => {
    const text = composeMessage(mergeFields(title, made), Buffer.from('Three, please.')).toString()
    const lines = text.split('\n')
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      '#+TITLE',
      '#+CONVERSATION_ID',
      '#+MESSAGE_TYPE',
      '#+SEQUENCE',
      '#+TIMESTAMP',
      '#+PROTOCOL_VERSION',
      '#+FROM',
      '#+TO',
      '',
      'Three, please.',
      '',
    ])
    expect(lines[3]).toBe('#+SEQUENCE: 12')
    const { header } = readHeader(text, true)
    expect(headerProblem(header)).toBeUndefined()
    expect(header.get('PROTOCOL_VERSION')).toBe('5')
    expect(header.get('MESSAGE_TYPE')).toBe('request')
  })

  it.each([
    ['', ''],
    ['\n', '\n'],
    ['a', 'a\n'],
    ['a\r\nb\r\n', 'a\r\nb\r\n'],
    ['a\r', 'a\r\n'],
    ['\n\n#+TITLE: other\n#+TO: x.y\n\n', '\n\n#+TITLE: other\n#+TO: x.y\n\n'],
  ])('C9 keeps the body byte for byte: %j', (body, expected) => {
    const message = composeMessage(title, Buffer.from(body))
    expect(message.toString()).toBe(`#+TITLE: Sacks\n\n${expected}`)
    expect(Object.fromEntries(readHeader(message.toString(), true).header)).toEqual({ TITLE: 'Sacks' })
  })

  it('C9 keeps bytes that are no text', () => {
    const body = Buffer.from([0, 0xff, 0xfe, 0x0d])
    expect(composeMessage(title, body).subarray(-5)).toEqual(Buffer.from([0, 0xff, 0xfe, 0x0d, 0x0a]))
  })

  it('C9 the first layer that has a value wins; further fields come last', () => {
    const flags = new Map([
      ['TITLE', ''],
      ['MESSAGE_TYPE', 'query'],
    ])
    const front = new Map([
      ['TAGS', 'a, b'],
      ['NOTE', ''],
      ['MESSAGE_TYPE', 'release'],
      ['SEQUENCE', ''],
      ['TITLE', 'From front matter'],
    ])
    const fields = mergeFields(flags, front, made)
    expect([...fields.keys()]).toEqual([...mergeFields(title, made).keys(), 'TAGS', 'NOTE'])
    expect(fields.get('TITLE')).toBe('From front matter')
    expect(fields.get('MESSAGE_TYPE')).toBe('query')
    expect(fields.get('SEQUENCE')).toBe('12')
    // A field left empty by the author is missing, and the header check names it.
    expect(headerProblem(mergeFields(front))).toContain('SEQUENCE')
    expect(composeMessage(fields, Buffer.from('')).toString()).toContain('\n#+TAGS: a, b\n#+NOTE:\n\n')
  })

  it('C11 an answer names what it answers', () => {
    const fields = madeFields({
      conversation: 'sacks',
      sequence: 2n,
      now: 0,
      from: 'a.b',
      to: 'c.d',
      type: 'progress',
      inReplyTo: 'x.org',
    })
    expect([...mergeFields(title, fields)].at(-1)).toEqual(['IN_REPLY_TO', 'x.org'])
    expect(fields.get('MESSAGE_TYPE')).toBe('progress')
  })

  it.each([
    ['CONVERSATION_ID', 'a\n#+TO: laptop.vault'],
    ['FROM', 'laptop.a\rb'],
    ['TITLE', 'a\u2028#+TO: x'],
    ['TITLE', 'a\x85b'],
    ['TITLE', 'a\x1b[2J'],
    ['TITLE', ' blanks '],
    ['TITLE', '\udcff'],
    ['Title', 'a'],
    ['A B', 'a'],
    ['', 'a'],
    ['A:', 'a'],
  ])('C9 no value forges a field: %s %j', (key, value) => {
    const failure = failureOf(new Map([[key, value]]))
    expect(failure.kind).toBe('header-invalid')
    expect(failure.message.startsWith(key)).toBe(true)
    expect(failure.message).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/)
  })
})
