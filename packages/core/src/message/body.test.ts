import { expect, it } from 'vitest'
import { bodyOf } from './body'

const HEADER = '#+TITLE: x\n#+TYPE: y\n'

it.each([
  ['a blank line and the body', `${HEADER}\nHello.\n`, 'Hello.\n'],
  ['several blank lines', `${HEADER}\n\n\nHello.\n`, '\n\nHello.\n'],
  ['no blank line', `${HEADER}Hello.\n`, 'Hello.\n'],
  ['a line of blanks, which is text', `${HEADER}  \nHello.\n`, '  \nHello.\n'],
  ['other line ends', '#+TITLE: x\r\n\r\nHello.\r\n', 'Hello.\r\n'],
  ['line ends of Python', '#+TITLE: x\u2028#+TYPE: y\x85\x85Hello.', 'Hello.'],
  ['fields in the body', `${HEADER}\n#+TITLE: z\n\nHello.\n`, '#+TITLE: z\n\nHello.\n'],
  ['text above the header', `Above.\n\n${HEADER}\nHello.\n`, 'Above.\n\nHello.\n'],
  ['nothing below', HEADER, ''],
  ['no line end', '#+TITLE: x', ''],
  ['no header', 'Hello.\n', 'Hello.\n'],
  ['lower case, which is no field', '#+title: x\n\nHello.\n', '#+title: x\n\nHello.\n'],
  ['nothing', '', ''],
])('C12 the body of a message with %s', (_, text, body) => {
  expect(bodyOf(text)).toBe(body)
})

it('C12 the body of a large message is found in one go', () => {
  const body = 'x\n'.repeat(5_000_000)
  expect(bodyOf(`${HEADER}\n${body}`)).toBe(body)
})
