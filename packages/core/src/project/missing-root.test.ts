import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addRootLine, missingRoot, rootHint } from './missing-root'

let home: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'root-')))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const folder = (path: string) => {
  mkdirSync(join(home, path), { recursive: true })
  return join(home, path)
}
const write = (path: string, text: string) => {
  folder(dirname(path))
  writeFileSync(join(home, path), text)
}
const found = (path: string, roots = ['projects']) => {
  const where = { folder: join(home, path), roots: roots.map((root) => join(home, root)), home }
  return missingRoot(where)?.replace(home, '~')
}
const git = (path: string, ...args: string[]) => {
  const author = {
    GIT_AUTHOR_NAME: 'x',
    GIT_AUTHOR_EMAIL: 'x',
    GIT_COMMITTER_NAME: 'x',
    GIT_COMMITTER_EMAIL: 'x',
  }
  const env = { PATH: process.env.PATH, HOME: home, ...author }
  const done = spawnSync('git', ['-C', folder(path), ...args], { env, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
}

describe('C34 the folder that is missing as a root', () => {
  it('holds the repository of the folder', () => {
    folder('code/shop/.git')
    folder('code/shop/src/deep')
    expect(found('code/shop')).toBe('~/code')
    expect(found('code/shop/src/deep')).toBe('~/code')
  })

  it('holds repositories beside the folder, or in it', () => {
    folder('code/shop/.git')
    folder('code/plain/src')
    expect(found('code/plain')).toBe('~/code')
    expect(found('code/plain/src')).toBe('~/code')
    expect(found('code')).toBe('~/code')
  })

  it('is unknown without a repository', () => {
    folder('code/plain')
    expect(found('code/plain')).toBeUndefined()
    expect(found('code/nothing')).toBeUndefined()
    expect(missingRoot({ folder: undefined, roots: [], home })).toBeUndefined()
  })

  it('is not missing if it is a root, or lies in one', () => {
    folder('code/shop/vendor/lib/.git')
    folder('code/shop/.git')
    symlinkSync('code', join(home, 'link'))
    expect(found('code/shop', ['code'])).toBeUndefined()
    expect(found('code/shop', ['link'])).toBeUndefined()
    expect(found('code/shop/vendor/lib', ['code'])).toBeUndefined()
    expect(found('link/shop')).toBe('~/code')
  })

  it('is never above the home folder, which may be a repository and hold some', () => {
    folder('.git')
    folder('shop/.git')
    folder('Downloads/x')
    expect(found('')).toBeUndefined()
    expect(found('Downloads/x')).toBeUndefined()
    expect(found('shop')).toBe('~')
  })

  it('is not one that everybody may write to', () => {
    folder('code/shop/.git')
    chmodSync(join(home, 'code'), 0o1777)
    expect(found('code/shop')).toBeUndefined()
  })

  it('is that of the repository around a submodule', () => {
    folder('code/shop/.git/modules/lib')
    write('code/shop/vendor/lib/.git', 'gitdir: ../../.git/modules/lib\n')
    expect(found('code/shop/vendor/lib')).toBe('~/code')
  })

  it.each([[], ['-c', 'worktree.useRelativePaths=true']])(
    'B78 is that of the main worktree, which must know the other (%s)',
    (...options) => {
      git('code/shop', 'init', '-q')
      git('code/shop', 'commit', '-q', '--allow-empty', '-m', 'x')
      git('code/shop', ...options, 'worktree', 'add', '-q', join(folder('trees'), 'fix'))
      expect(found('trees/fix')).toBe('~/code')
      rmSync(join(home, 'code/shop/.git/worktrees/fix/gitdir'))
      expect(found('trees/fix')).toBe('~/trees')
    },
  )

  it('is none that peers.toml cannot hold', () => {
    folder('co\nde/shop/.git')
    expect(found('co\nde/shop')).toBeUndefined()
  })
})

describe('C34 the line is one for a shell', () => {
  it.each([
    ['code', '~/code'],
    ['.', '~'],
    ["my code's", undefined],
    ['$(touch x)', undefined],
    ['-x', undefined],
    ['ü', undefined],
  ])('%s', (path, word) => {
    const root = path === '.' ? home : folder(path)
    const line = addRootLine(root, home)
    if (word !== undefined) expect(line).toBe(`cross-agent-discover --add-root ${word}`)
    const script = line.replace('cross-agent-discover --add-root', 'printf %s')
    const { stdout } = spawnSync('bash', ['-c', script], { env: { HOME: home }, encoding: 'utf8', cwd: '/' })
    expect(stdout).toBe(root)
  })

  it('follows the roots that there are', () => {
    folder('code/shop/.git')
    const roots = [join(home, 'projects'), '/srv/work']
    expect(rootHint({ folder: join(home, 'code/shop'), roots, home })).toBe(
      'projects are looked for in ~/projects, /srv/work; to look in ~/code too: cross-agent-discover --add-root ~/code',
    )
  })
})
