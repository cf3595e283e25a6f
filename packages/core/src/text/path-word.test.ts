import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { fromPathWord, pathLine, pathWord } from './path-word'
import { toBytes } from './raw-name'

describe('B68 a path as one word', () => {
  it.each([
    ['/home/ada/projects/mill/inbox/from-agents/20260427T091142Z-from-bakery-rye.org', undefined],
    ['m_1%:@+=,.org', undefined],
    ['a b.org', "'a b.org'"],
    ['$(touch x).org', "'$(touch x).org'"],
    ["it's.org", `'it'"'"'s.org'`],
    ['a\\x0ab.org', "'a\\x0ab.org'"],
    ['~/x', "'~/x'"],
    ['=ls', "'=ls'"],
    ['', "''"],
    ['m\u00fchle.org', "'m\u00fchle.org'"],
    ['a\nb.org', "$'a\\012b.org'"],
    ["\u202ea'\\1.org", "$'\\342\\200\\256a\\'\\\\1.org'"],
    ['zero\u200bwidth', "$'zero\\342\\200\\213width'"],
    ['no\u00a0break', "$'no\\302\\240break'"],
    ['raw\udcff', "$'raw\\377'"],
  ])('%j', (path, word = path) => {
    expect(pathWord(path)).toBe(word)
    if (word !== path) expect(fromPathWord(word)).toBe(path)
    const { stdout } = spawnSync('bash', ['-c', `printf %s ${word}`])
    expect(stdout).toEqual(toBytes(path))
  })

  it('is a line that scripts take whole, unless a shell would read more in it', () => {
    for (const path of ['/a b/m\u00fchle.org', '/plain.org']) expect(pathLine(path)).toBe(path)
    for (const path of ['/a$(b).org', "/it's.org", '/a\\b', '/a\nb', '/zero\u200bwidth', '/raw\udcff', '-x'])
      expect(pathLine(path)).toBe(pathWord(path))
  })

  it('is no option', () => expect(pathWord('-x y')).toBe("'./-x y'"))

  it.each(["'plain'", "'", "''x''", `'a'"'"'`, "$'a'", "$'\\x0a'", "$'\\12'", "'a'; rm x", 'plain'])(
    'is not %s: that is none of ours',
    (word) => expect(fromPathWord(word)).toBe(undefined),
  )
})
