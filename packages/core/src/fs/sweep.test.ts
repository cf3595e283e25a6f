import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RealFolder } from './real-folder'
import { removeIfEmpty, removeOwnFolder, sweep } from './sweep'

const DAY = 24 * 60 * 60 * 1000
const old = (Date.now() - 2 * DAY) / 1000
const isRoot = process.getuid?.() === 0

let home: string
let folder: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sweep-'))
  folder = join(home, 'state/ours')
  mkdirSync(folder, { recursive: true })
})
afterEach(() => rmSync(home, { recursive: true }))

/** Makes a file below the home. The file and its folder get an age of two days. */
function make(path: string, text = ''): string {
  const file = join(home, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  for (const each of [file, dirname(file)]) utimesSync(each, old, old)
  return file
}

const files = { named: /^our-\d+$/, olderThan: DAY }
const folders = { ...files, holding: /^[a-f]+$/ }
const clean = (leftovers = files, names?: string[]) =>
  sweep({ path: folder, below: home }, leftovers, Date.now(), names)

describe('B48 of files the sweep removes what is provably ours', () => {
  it.each([true, false])('and nothing else; names are given: %s', (given) => {
    for (const name of ['our-1', 'our-12', 'our-x', 'your-our-1', 'our-1.org']) make(`state/ours/${name}`)
    writeFileSync(join(folder, 'our-2'), 'young')
    make('state/ours/our-3/file')
    make('kept')
    symlinkSync(join(home, 'kept'), join(folder, 'our-4'))
    lutimesSync(join(folder, 'our-4'), old, old)
    clean(files, given ? readdirSync(folder) : undefined)
    expect(readdirSync(folder).sort()).toEqual([
      'our-1.org',
      'our-2',
      'our-3',
      'our-4',
      'our-x',
      'your-our-1',
    ])
    expect(existsSync(join(home, 'kept'))).toBe(true)
  })

  it.runIf(isRoot)('no file and in no folder of another user', () => {
    const file = make('state/ours/our-1')
    chownSync(file, 1234, 1234)
    clean()
    chownSync(file, 0, 0)
    chownSync(folder, 1234, 1234)
    clean()
    expect(existsSync(file)).toBe(true)
    chownSync(folder, 0, 0)
    clean()
    expect(existsSync(file)).toBe(false)
  })

  it.each(['state/ours', 'state'])('nothing through a link at %s', (at) => {
    const target = join(home, 'elsewhere')
    renameSync(join(home, at), target)
    symlinkSync(target, join(home, at))
    const file = make('state/ours/our-1')
    clean()
    sweep({ path: `${folder}/../ours`, below: home }, files, Date.now())
    expect(existsSync(file)).toBe(true)
  })

  it('where links lead to the base', () => {
    const file = make('state/ours/our-1')
    const link = join(home, 'link')
    symlinkSync(home, link)
    sweep({ path: `${link}/state/ours`, below: link }, files, Date.now())
    expect(existsSync(file)).toBe(false)
  })

  it('other names of the same file with it, unless they are needed', () => {
    const temp = make('state/ours/our-1')
    for (const name of ['a.asc', 'b.asc', 'b', 'c.txt']) linkSync(temp, join(folder, name))
    make('state/ours/d.asc')
    clean({
      ...files,
      twins: { named: /\.asc$/, needs: (name: string) => name.slice(0, -4) },
    } as typeof files)
    expect(readdirSync(folder).sort()).toEqual(['b', 'b.asc', 'c.txt', 'd.asc'])
  })
})

describe('B48 of folders the sweep removes what is provably ours', () => {
  it('with its files', () => {
    for (const name of ['a', 'b', 'c']) make(`state/ours/our-1/${name}`)
    make('state/ours/our-2/x')
    make('state/ours/our-3')
    make('state/ours/yours/a')
    clean(folders)
    expect(readdirSync(folder).sort()).toEqual(['our-2', 'our-3', 'yours'])
  })

  it.each([
    ['a file of another name', (at: string) => writeFileSync(join(at, 'photo.jpg'), '')],
    ['a hidden file', (at: string) => writeFileSync(join(at, '.a'), '')],
    ['a folder of that name', (at: string) => mkdirSync(join(at, 'b'))],
    ['a link of that name', (at: string) => symlinkSync(home, join(at, 'b'))],
    ...(isRoot
      ? [['a file of another user', (at: string) => chownSync(join(at, 'a'), 1234, 1234)] as const]
      : []),
  ] as const)('but leaves one alone that holds %s', (_, harm) => {
    make('state/ours/our-1/a')
    const inner = join(folder, 'our-1')
    harm(inner)
    utimesSync(inner, old, old)
    const before = readdirSync(inner)
    clean(folders)
    expect(readdirSync(inner)).toEqual(before)
  })

  it('and none that is a link', () => {
    make('elsewhere/a')
    symlinkSync(join(home, 'elsewhere'), join(folder, 'our-1'))
    lutimesSync(join(folder, 'our-1'), old, old)
    clean(folders)
    expect(readdirSync(join(home, 'elsewhere'))).toEqual(['a'])
    expect(lstatSync(join(folder, 'our-1')).isSymbolicLink()).toBe(true)
  })
})

describe('B48 a folder that is held', () => {
  it('stays the one that was opened, whatever takes its place', () => {
    make('state/ours/our-1')
    const other = make('elsewhere/our-1')
    const held = RealFolder.openBelow(home, folder)
    renameSync(folder, join(home, 'moved'))
    symlinkSync(join(home, 'elsewhere'), folder)
    try {
      held?.removeFile('our-1')
    } catch (error) {
      // Without /proc, removal fails.
      expect(error).toMatchObject({ code: 'ENOENT' })
    }
    held?.close()
    expect(existsSync(other)).toBe(true)
    if (existsSync('/proc/self/fd')) expect(readdirSync(join(home, 'moved'))).toEqual([])
  })
})

describe('B48 a folder that this process made is removed', () => {
  it('empty, and also where it is gone already', () => {
    for (const _ of [1, 2]) removeOwnFolder(folder, /./s)
    expect(existsSync(folder)).toBe(false)
  })
  it('with hidden files and names that are not UTF-8', () => {
    make('state/ours/.hidden')
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), '')
    removeOwnFolder(folder, /./s)
    expect(existsSync(folder)).toBe(false)
  })
  it('but for what it did not make, and never through a link', () => {
    make('state/ours/a')
    make('state/ours/photo.jpg')
    symlinkSync(folder, join(home, 'link'))
    removeOwnFolder(join(home, 'link'), /./s)
    expect(readdirSync(folder)).toHaveLength(2)
    removeOwnFolder(folder, /^a$/)
    expect(readdirSync(folder)).toEqual(['photo.jpg'])
    for (const name of ['link', 'state/ours', 'state/ours/photo.jpg'])
      expect(removeIfEmpty(join(home, name))).toBe(false)
  })
})
