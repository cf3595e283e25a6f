import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeFolder } from './remove-folder'

describe('a folder is removed', () => {
  let temp: string
  let folder: string
  beforeEach(() => {
    temp = mkdtempSync(join(tmpdir(), 'remove-'))
    folder = join(temp, 'folder')
    mkdirSync(folder)
  })
  afterEach(() => rmSync(temp, { recursive: true }))

  it('empty, and also where it is gone already', () => {
    for (const _ of [1, 2]) removeFolder(folder)
    expect(readdirSync(temp)).toEqual([])
  })
  it('with folders, hidden files and names that are not UTF-8', () => {
    mkdirSync(join(folder, 'deep/er'), { recursive: true })
    writeFileSync(join(folder, 'deep/er/file'), '')
    writeFileSync(join(folder, '.hidden'), '')
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), '')
    removeFolder(folder)
    expect(readdirSync(temp)).toEqual([])
  })
  it('with links, but not what they lead to', () => {
    const kept = join(temp, 'kept')
    mkdirSync(kept)
    writeFileSync(join(kept, 'file'), '')
    symlinkSync(kept, join(folder, 'link'))
    removeFolder(folder)
    expect(existsSync(folder)).toBe(false)
    expect(readdirSync(kept)).toEqual(['file'])
  })
  it('never through a link in its place', () => {
    symlinkSync(folder, join(temp, 'link'))
    expect(() => removeFolder(join(temp, 'link'))).toThrow('ENOTDIR')
    expect(existsSync(folder)).toBe(true)
  })
})
