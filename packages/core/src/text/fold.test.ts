import { describe, expect, it } from 'vitest'
import { fold, foldCommand } from './fold'

const WORDS = Array.from({ length: 30 }, (_, index) => `word${index}`)

describe('fold', () => {
  it('keeps every word, and no line longer than 80 columns', () => {
    const lines = fold(WORDS.join(' '), '  ').split('\n')
    expect(lines.every((line) => line.length <= 80)).toBe(true)
    expect(lines.slice(1).every((line) => line.startsWith('  word'))).toBe(true)
    expect(lines.join(' ').split(/ +/)).toEqual(WORDS)
  })

  it('counts from the column at which the text begins', () => {
    const [first = ''] = fold(WORDS.join(' '), '', 10).split('\n')
    expect(first.length + 10).toBeLessThanOrEqual(80)
  })

  it('keeps a long word whole', () => {
    expect(fold(`a ${'b'.repeat(100)} c`)).toBe(`a\n${'b'.repeat(100)}\nc`)
  })
})

describe('foldCommand', () => {
  it('breaks between the words of a shell, never within quotes', () => {
    const quoted = `'${'a b '.repeat(20)}'`
    expect(foldCommand(`gpg --key ${quoted} end`, '  ')).toBe(`  gpg --key \\\n    ${quoted} \\\n    end`)
  })

  it('leaves a short one as it is', () => {
    expect(foldCommand("rm 'a  b'", '    ')).toBe("    rm 'a  b'")
  })
})
