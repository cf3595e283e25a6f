import { expect, it } from 'vitest'
import { textKind } from './draft'

const HEADER = [
  '#+TITLE: a',
  '#+CONVERSATION_ID: a',
  '#+MESSAGE_TYPE: request',
  '#+SEQUENCE: 1',
  '#+TIMESTAMP: 2026-04-27T04:11:42-05:00',
  '#+PROTOCOL_VERSION: 5',
].join('\n')

it.each([
  [HEADER, 'message'],
  [`---\n${HEADER}\n---\n`, 'message'],
  [`some text\n\n${HEADER}`, 'message'],
  ['#+TITLE: a\n\nbody', 'message'],
  ['---\ntitle: a\n---\n', 'front-matter'],
  ['---\ntitle: a\n---\n#+CAPTION: a figure\n', 'front-matter'],
  ['---\nunclosed', 'front-matter'],
  ['---js\n1\n---\n', 'plain'],
  ['#+title: a\n', 'plain'],
  ['# Title\ntext', 'plain'],
  ['', 'plain'],
] as const)('C4 C9 %j is %s', (text, expected) => {
  expect(textKind(text)).toBe(expected)
})
