import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { paths } from '../fs/paths'
import { changePeersFile } from './change-peers-file'
import type { TomlChange } from './edit-toml'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'peers-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const file = () => paths(home).peersFile
const folder = () => paths(home).configDir
const root = (item: string): TomlChange => ({ list: ['local', 'roots'], items: [item] })
const add = (item: string) => changePeersFile(paths(home), () => [root(item)])
const put = (text: string, mode = 0o644) => {
  mkdirSync(folder(), { recursive: true })
  writeFileSync(file(), text)
  chmodSync(file(), mode)
}

describe('C34 peers.toml is changed', () => {
  it('is made, with its folder, for nobody else', async () => {
    expect(await add('~/code')).toBe(true)
    expect(readFileSync(file(), 'utf8')).toBe('[local]\nroots = ["~/code"]\n')
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder())).toEqual(['peers.toml'])
  })

  it('keeps its mode; nothing is written if there is nothing to change', async () => {
    put('# mine\n', 0o640)
    expect(await changePeersFile(paths(home), () => [])).toBe(false)
    expect(readFileSync(file(), 'utf8')).toBe('# mine\n')
    await add('~/code')
    expect(readFileSync(file(), 'utf8')).toBe('# mine\n\n[local]\nroots = ["~/code"]\n')
    expect(statSync(file()).mode & 0o777).toBe(0o640)
  })

  it('follows a link, which stays', async () => {
    mkdirSync(join(home, 'dotfiles'))
    writeFileSync(join(home, 'dotfiles/peers.toml'), '# mine\n')
    mkdirSync(folder(), { recursive: true })
    symlinkSync('../../dotfiles/peers.toml', file())
    await add('~/code')
    expect(readlinkSync(file())).toBe('../../dotfiles/peers.toml')
    expect(readFileSync(join(home, 'dotfiles/peers.toml'), 'utf8')).toContain('# mine\n\n[local]\n')
    expect(readdirSync(join(home, 'dotfiles'))).toEqual(['peers.toml'])
  })

  it('loses no change that is made at the same time', async () => {
    put('')
    let rounds = 0
    await changePeersFile(paths(home), async () => {
      rounds++
      if (rounds < 4) await add(`~/other${rounds}`)
      return [root('~/code')]
    })
    expect(rounds).toBe(4)
    expect(readFileSync(file(), 'utf8')).toBe(
      '[local]\nroots = ["~/other1", "~/other2", "~/other3", "~/code"]\n',
    )
  })

  it('also not of many at once', async () => {
    const items = Array.from({ length: 8 }, (_, index) => `~/${index}`)
    await Promise.all(items.map(add))
    for (const item of items) expect(readFileSync(file(), 'utf8')).toContain(JSON.stringify(item))
  })

  it('removes what a killed process left, once it is old', async () => {
    put('')
    const [old, young] = ['.tmp.a-b-1', '.tmp.a-b-2'].map((name) => join(folder(), name))
    for (const path of [old ?? '', young ?? '']) writeFileSync(path, '')
    utimesSync(old ?? '', 1, 1)
    await add('~/code')
    expect(readdirSync(folder()).sort()).toEqual(['.tmp.a-b-2', 'peers.toml'])
  })
})

describe('C34 peers.toml is not changed, and the lines are given', () => {
  const hints = expect.arrayContaining(['[local]', 'roots = ["~/code"]'])

  it('where it is read-only', async () => {
    put('# mine\n', 0o444)
    await expect(add('~/code')).rejects.toMatchObject({
      message: `cannot write ${file()}: EACCES: read-only`,
      hints,
    })
    expect(readFileSync(file(), 'utf8')).toBe('# mine\n')
    expect(readdirSync(folder())).toEqual(['peers.toml'])
  })

  it('where its folder is read-only', async () => {
    put('# mine\n')
    chmodSync(folder(), 0o555)
    await expect(add('~/code')).rejects.toMatchObject({ kind: 'peers-file', hints })
    chmodSync(folder(), 0o755)
    expect(readdirSync(folder())).toEqual(['peers.toml'])
  })

  it('where it is a link that leads nowhere', async () => {
    mkdirSync(folder(), { recursive: true })
    symlinkSync('/nowhere/peers.toml', file())
    await expect(add('~/code')).rejects.toMatchObject({
      message: expect.stringContaining('cannot read'),
    })
    expect(lstatSync(file()).isSymbolicLink()).toBe(true)
  })

  it('where it is no TOML', async () => {
    put('[local\n')
    await expect(add('~/code')).rejects.toMatchObject({ kind: 'peers-file' })
    expect(readFileSync(file(), 'utf8')).toBe('[local\n')
  })

  it('where the decision fails', async () => {
    await expect(
      changePeersFile(paths(home), () => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(existsSync(folder())).toBe(false)
  })
})
