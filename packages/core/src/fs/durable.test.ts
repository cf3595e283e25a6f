import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { placeNew, replaceFile, withTemp } from './durable'

let folder: string
const at = (name: string) => join(folder, name)
const text = (name: string) => readFileSync(at(name), 'utf8')
const bytes = Buffer.from('new')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'durable-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a file that replaces another', () => {
  it.each([true, false])('is whole and has its mode, durable: %s', (isDurable) => {
    writeFileSync(at('file'), 'old', { mode: 0o600 })
    replaceFile(at('file'), bytes, { mode: 0o644, isDurable })
    replaceFile(at('other'), bytes)
    expect(text('file') + text('other')).toBe('newnew')
    expect(statSync(at('file')).mode & 0o777).toBe(0o644)
    expect(statSync(at('other')).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).sort()).toEqual(['file', 'other'])
  })
  it('leaves nothing behind where it cannot, or may not', () => {
    mkdirSync(at('file/inner'), { recursive: true })
    expect(() => replaceFile(at('file'), bytes)).toThrow('EISDIR')
    const refuse = () => {
      throw new Error('refused')
    }
    expect(() => replaceFile(at('other'), bytes, { mayReplace: refuse })).toThrow('refused')
    replaceFile(at('other'), bytes, { mayReplace: () => false })
    expect(readdirSync(folder)).toEqual(['file'])
  })
})

describe('a new file that is given its name', () => {
  const place = (name: string, claim?: string | false) =>
    withTemp(folder, bytes, 0o600, (temp) => placeNew(temp, name, claim))

  it('overwrites nothing, and its hidden name is gone', () => {
    writeFileSync(at('taken'), 'old')
    for (const [index, claim] of ([undefined, false, at('claim')] as const).entries()) {
      expect(place(at('taken'), claim)).toBe(false)
      expect(place(at(`free-${index}`), claim)).toBe(true)
      expect(text(`free-${index}`)).toBe('new')
    }
    expect(text('taken')).toBe('old')
    expect(readdirSync(folder).sort()).toEqual(['free-0', 'free-1', 'free-2', 'taken'])
  })
})
