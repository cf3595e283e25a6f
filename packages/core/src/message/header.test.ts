import { describe, expect, it } from 'vitest'
import { readHeader } from './header'

const fields = (text: string) => Object.fromEntries(readHeader(text, true).header)

describe('header', () => {
  it.each([
    ['#+A: 1\n#+B: 2\n\n#+C: 3\n', { A: '1', B: '2' }],
    ['\n\nsome text\n#+A: 1\nother\n#+B: 2\n', { A: '1' }],
    ['#+A: 1\r\n#+B: 2\r\n\r\n#+C: 3', { A: '1', B: '2' }],
    [
      '#+A: 1\r#+B: 2\v#+C: 3\x1c#+D: 4\x85#+E: 5\u2028#+F: 6',
      { A: '1', B: '2', C: '3', D: '4', E: '5', F: '6' },
    ],
    ['#+A: 1\n#+A: 2\n', { A: '2' }],
    ['#+A:\u3000\xa0x \t\x1f\n', { A: 'x' }],
    ['#+A:\n#+B:x', { A: '', B: 'x' }],
    ['#+a: 1\n #+B: 2\n#+C : 3\n#+: 4\n', {}],
    ['\ufeff#+A: 1\n#+B: 2\n', { B: '2' }],
    ['', {}],
  ])('%j', (text, expected) => {
    expect(fields(text)).toEqual(expected)
  })

  it.each([
    ['#+A: 1\n\n', true],
    ['#+A: 1\n', false],
    ['#+A: 1\nunfinish', true],
    ['#+A: 1\n ', true],
    ['#+A: 1\n#', false],
    ['#+A: 1\n#+', false],
    ['#+A: 1\n#+UNFINISH', false],
    ['#+A: 1\n#+B: unfinish', false],
    ['#+A: 1\n\r#+B: unfinish', true],
    ['#+A: 1\r', false],
    ['#+A: 1\runfinish', true],
    ['unfinish', false],
    ['', false],
  ])('%j is closed by a line that ends it, whatever follows: %j', (text, closed) => {
    expect(readHeader(text, false).closed).toBe(closed)
    expect(readHeader(text, true).closed).toBe(true)
  })

  it('holds the fields of a text that ends without a line end', () => {
    expect(fields('#+A: 1')).toEqual({ A: '1' })
  })

  it('takes time in proportion to the text, whatever is in it', () => {
    const started = process.cpuUsage().user
    readHeader(`#+A: ${' x'.repeat(1_000_000)}\n${' '.repeat(2_000_000)}x`, true)
    // Quadratic reading would take hours: this is no measurement but the difference between the two.
    expect(process.cpuUsage().user - started).toBeLessThan(20_000_000)
  })
})
