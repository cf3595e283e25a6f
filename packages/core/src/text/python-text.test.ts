import { describe, expect, it } from 'vitest'
import { compareText, padEnd, parseInteger, repr, reprList, trim } from './python-text'

describe('what Python does', () => {
  it.each([
    ['7', 7n],
    [' +7\u3000', 7n],
    ['-1_000', -1000n],
    ['٤٢', 42n],
    ['𝟗', 9n],
    ['007', 7n],
    ['9'.repeat(4300), BigInt('9'.repeat(4300))],
  ])('int(%j)', (text, value) => {
    expect(parseInteger(text)).toBe(value)
  })
  it.each(['', '-', '1__0', '_1', '1_', '0x1', '1.0', '1 2', '²', '9'.repeat(4301)])(
    'int(%j) fails',
    (text) => {
      expect(parseInteger(text)).toBeUndefined()
    },
  )
  it.each([
    ['plain', "'plain'"],
    ["it's", `"it's"`],
    [`both ' and "`, `'both \\' and "'`],
    ['a\tb\\\n\x1b\xa0\u202e\u{e0001}é😀', "'a\\tb\\\\\\n\\x1b\\xa0\\u202e\\U000e0001é😀'"],
  ])('repr(%j)', (text, shown) => {
    expect(repr(text)).toBe(shown)
  })
  it('repr of a list', () => {
    expect(reprList(['a', 'b'])).toBe("['a', 'b']")
  })
  it('strip', () => {
    expect(trim('\x1c\x85\u2028 a\ufeff \x1f')).toBe('a\ufeff')
  })
  it('sorts by code point and pads by characters', () => {
    expect(['😀', '\uffee', 'a'].sort(compareText)).toEqual(['a', '\uffee', '😀'])
    expect(padEnd('😀', 3)).toBe('😀  ')
  })
})
