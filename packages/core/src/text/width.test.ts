import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { isLong, LONGER } from '../../../../test/support/long'
import { columnsOf, cutToColumns } from './width'

describe('C31 the width of text', () => {
  it.each([
    ['plain', 5],
    ['na\u00efve', 5],
    ['nai\u0308ve', 5],
    ['\u9eb5\u7c89\u3001\u6708\u66dc', 10],
    ['\uff76', 1],
    ['\ud55c\uae00', 4],
    ['\ud83c\udf5e', 2],
    // Terminals show one picture of two columns, or two pictures.
    ['\ud83d\udc69\u200d\ud83c\udf3e', 4],
    ['\u26a0\ufe0f', 2],
    ['\u2192', 1],
    ['', 0],
  ])('%j takes %i columns', (text, columns) => expect(columnsOf(text)).toBe(columns))

  it.each([
    ['flour', 5, 'flour'],
    ['flours', 5, 'flou\u2026'],
    ['\u9eb5\u7c89\u3001', 5, '\u9eb5\u7c89\u2026'],
    ['\u9eb5\u7c89\u3001', 4, '\u9eb5\u2026'],
    ['\ud83c\udf5e\ud83c\udf5e', 3, '\ud83c\udf5e\u2026'],
    ['ab', 1, '\u2026'],
    ['ab', 0, ''],
  ])('%j in %i columns is %j', (text, columns, cut) => {
    expect(cutToColumns(text, columns)).toBe(cut)
    expect(columnsOf(cut)).toBeLessThanOrEqual(columns)
  })

  const hasPython = spawnSync('python3', ['-c', '']).status === 0
  it.runIf(isLong && hasPython)('no character is wider than Unicode says', LONGER, () => {
    const script = `import unicodedata
for code in range(0x300, 0x40000):
    if not 0xd800 <= code < 0xe000 and unicodedata.east_asian_width(chr(code)) in 'WF' and unicodedata.category(chr(code)) not in ('Mn', 'Me', 'Cn'):
        print(code)`
    const wide = execFileSync('python3', ['-c', script]).toString().trim().split('\n').map(Number)
    expect(wide.length).toBeGreaterThan(100_000)
    expect(wide.filter((code) => columnsOf(String.fromCodePoint(code)) !== 2)).toEqual([])
  })
})
