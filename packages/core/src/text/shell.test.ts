import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { toBytes } from './raw-name'
import { fromPathWord, pathLine, pathWord } from './shell'

describe('B68 a path as one word', () => {
  it.each([
    ['/home/ada/projects/mill/inbox/from-agents/20260427T091142Z-from-bakery-rye.org', undefined],
    ['m_1%:@+=,.org', undefined],
    ['a b.org', "'a b.org'"],
    ['$(touch x).org', "$'\\044\\050touch\\040x\\051.org'"],
    ["it's.org", "$'it\\047s.org'"],
    ['a\\x0ab.org', "$'a\\134x0ab.org'"],
    ['~/x', "$'\\176/x'"],
    ['=ls', "'=ls'"],
    ['', "''"],
    ['m\u00fchle.org', "'m\u00fchle.org'"],
    ['a\nb.org', "$'a\\012b.org'"],
    ["\u202ea'\\1.org", "$'\\342\\200\\256a\\047\\1341.org'"],
    ['zero\u200bwidth', "$'zero\\342\\200\\213width'"],
    ['no\u00a0break', "$'no\\302\\240break'"],
    ['raw\udcff', "$'raw\\377'"],
  ])('%j', (path, word = path) => {
    expect(pathWord(path)).toBe(word)
    if (word !== path) expect(fromPathWord(word)).toBe(path)
    const { stdout } = spawnSync('bash', ['-c', `printf %s ${word}`])
    expect(stdout).toEqual(toBytes(path))
  })

  it('runs nothing in whatever quotes it is put', () => {
    for (const path of [
      '$(echo x >&2)',
      '`echo x >&2`',
      ";echo x >&2;'",
      '";echo x >&2;"',
      '!!\n\\',
      "'$(echo x >&2)",
    ]) {
      const word = pathWord(path)
      for (const quoted of [word, `"${word}"`, `'${word}'`, `"'${word}'"`])
        expect(spawnSync('bash', ['-c', `printf %s ${quoted}`]).stderr.toString()).toBe('')
      expect(fromPathWord(spawnSync('bash', ['-c', `printf %s "${word}"`]).stdout.toString())).toBe(path)
    }
  })

  it('is a line that scripts take whole, unless a shell would read more in it', () => {
    for (const path of ['/a b/m\u00fchle.org', '/plain.org']) expect(pathLine(path)).toBe(path)
    for (const path of ['/a$(b).org', "/it's.org", '/a\\b', '/a\nb', '/zero\u200bwidth', '/raw\udcff', '-x'])
      expect(pathLine(path)).toBe(pathWord(path))
  })

  it('is no option', () => expect(pathWord('-x y')).toBe("'./-x y'"))

  it.each(["'plain'", "'", "''x''", "$'a'", "$'\\x0a'", "$'\\12'", "'a'; rm x", 'plain'])(
    'is not %s: that is none of ours',
    (word) => expect(fromPathWord(word)).toBe(undefined),
  )
})
