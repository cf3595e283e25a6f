import { expect, it } from 'vitest'
import { hidesFirstField, withoutByteOrderMark } from './byte-order-mark'

it.each([
  ['\ufeff#+TITLE: x', true],
  ['\ufeff\ufeff#+A_B:', true],
  ['#+TITLE: x', false],
  ['\ufeff#+title: x', false],
  ['\ufeff#+:', false],
  ['\ufeff#+TITLE', false],
  ['\ufeff x\n#+TITLE: x', false],
  ['\ufeff', false],
  ['', false],
])('B60 %j hides its first field: %s', (text, hides) => {
  expect(hidesFirstField(Buffer.from(text))).toBe(hides)
})

it('B60 the marks at the top go, others stay', () => {
  expect(`${withoutByteOrderMark(Buffer.from('\ufeff\ufeffa\ufeff'))}`).toBe('a\ufeff')
})
