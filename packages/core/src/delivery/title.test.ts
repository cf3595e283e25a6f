import { expect, it } from 'vitest'
import { givenTitle, replyTitle, titleOf } from './title'

it.each([
  ['Three sacks, please.', 'Three sacks, please.'],
  ['\n \t\n  Three sacks  \nand more', 'Three sacks'],
  ['# Three sacks\n', 'Three sacks'],
  ['###### Three sacks', 'Three sacks'],
  ['* Three sacks', 'Three sacks'],
  ['**\tThree sacks', 'Three sacks'],
  ['#hash', '#hash'],
  ['**bold** text', '**bold** text'],
  ['#\n* \n## \nThree', 'Three'],
  ['a\rb', 'a'],
  ['a\u2028b', 'a'],
  ['\x1b[31mred\tsack\x07', '[31mred sack'],
  ['', undefined],
  [' \n\t\r\n\x00\n', undefined],
  ['x'.repeat(100), 'x'.repeat(72)],
  ['🥖'.repeat(100), '🥖'.repeat(72)],
  [`${'x'.repeat(71)} yz`, 'x'.repeat(71)],
])('C9 the title of %j', (text, expected) => {
  expect(titleOf(text)).toBe(expected)
})

it('C9 the title of a huge text, blank or on one line', () => {
  expect(titleOf('x'.repeat(20_000_000))).toBe('x'.repeat(72))
  expect(titleOf('\n'.repeat(2_000_000))).toBeUndefined()
})

it.each([
  ['  Three\nsacks ', 'Three sacks'],
  ['x'.repeat(100), 'x'.repeat(100)],
  ['\u2028', undefined],
  ['', undefined],
])('C9 a given title %j', (title, expected) => {
  expect(givenTitle(title)).toBe(expected)
})

it.each([
  ['Three sacks', 'Re: Three sacks'],
  ['Re: Three sacks', 'Re: Three sacks'],
  ['RE:Three sacks', 'RE:Three sacks'],
  ['Request', 'Re: Request'],
  ['a\x1b\nb', 'Re: a  b'],
])('C10 an answer to %j', (title, expected) => {
  expect(replyTitle(title)).toBe(expected)
})
