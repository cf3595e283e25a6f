import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { matchingFolders, projectOf } from './glob'

describe('globs', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'cac-')))
  const folders = [
    'a/x',
    'b/x',
    'c/y',
    '.hidden/x',
    'a/deep/x',
    '{a,b}/x',
    'br[ck/x',
    '[odd]/x',
    'o/x',
    'with blank/x',
    '!no/x',
    '(a|b)/x',
    'back\\slash/x',
  ]
  beforeAll(() => {
    for (const folder of folders) mkdirSync(join(root, folder), { recursive: true })
  })
  afterAll(() => rmSync(root, { recursive: true }))

  it.each([
    ['?/x', ['a/x', 'b/x', 'o/x']],
    ['[ab]/x', ['a/x', 'b/x']],
    ['[!ab]/?', ['c/y', 'o/x']],
    ['[a-c]/*', ['a/deep', 'a/x', 'b/x', 'c/y']],
    ['**/deep', ['a/deep']],
    ['{a,b}/*', ['{a,b}/x']],
    ['(a|b)/*', ['(a|b)/x']],
    ['!no/*', ['!no/x']],
    ['br[[]ck/x', ['br[ck/x']],
    ['back\\slash/*', ['back\\slash/x']],
    ['with*/x', ['with blank/x']],
    ['.h*/x', ['.hidden/x']],
    ['a/x', ['a/x']],
    ['nothing/*', []],
    ['[odd]/x', ['o/x']],
    ['?hidden/x', []],
    ['[!ab]hidden/x', []],
    ['[.]hidden/x', []],
    ['with?blank/x', ['with blank/x']],
    ['?//x/', ['a/x/', 'b/x/', 'o/x/']],
  ])('%s', async (glob, expected) => {
    const found = await matchingFolders(join(root, glob))
    expect(found.map((path) => path.slice(root.length + 1))).toEqual(expected)
  })
})

it.each([
  ['/home/u/projects/p/inbox/from-agents/', 'p', 'p'],
  ['/home/u/projects/p', 'p', 'p'],
  ['/srv/w/p/inbox/from-agents', 'p', 'p'],
  ['x/inbox/from-agents', 'x', 'x'],
  ['/srv/w/p/mail/new', 'w', 'mail'],
  ['/from-agents', '', ''],
])('B31 project of %s', (inbox, inStatus, inWatch) => {
  expect(projectOf(inbox, '/home/u', 'status')).toBe(inStatus)
  expect(projectOf(inbox, '/home/u', 'watch')).toBe(inWatch)
})
