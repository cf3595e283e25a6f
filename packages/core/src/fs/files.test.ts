import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { holdsBytes, isSurelyAbsent, isTooLarge, readWithin } from './files'

const folder = mkdtempSync(`${tmpdir()}/cac-`)
const file = `${folder}/file`
afterAll(() => rmSync(folder, { recursive: true }))

describe('B40 a file read within a limit', () => {
  const read = (size: number, limit: number) => {
    const fd = openSync(file, 'r')
    try {
      return readWithin(fd, size, limit).toString()
    } finally {
      closeSync(fd)
    }
  }
  const tooLarge = (size: number, limit: number) => {
    try {
      read(size, limit)
    } catch (error) {
      return isTooLarge(error)
    }
    return false
  }

  it('is read whole up to the limit, also where its size was told too small or too large', () => {
    writeFileSync(file, '0123456789')
    for (const size of [0, 1, 9, 10]) expect(read(size, 10)).toBe('0123456789')
    expect(read(20, 20)).toBe('0123456789')
    writeFileSync(file, '')
    expect(read(0, 0)).toBe('')
  })
  it('is too large one byte later, also where it has grown meanwhile', () => {
    writeFileSync(file, '0123456789')
    for (const size of [0, 1, 8, 9, 10]) expect(tooLarge(size, 9), String(size)).toBe(true)
    truncateSync(file, 20_000_000_000)
    for (const size of [0, 10, 20_000_000_000]) expect(tooLarge(size, 100_000)).toBe(true)
  })
})

describe('B4 a file compared with bytes', () => {
  it('holds them, or not', () => {
    for (const length of [0, 1, 511, 512, 513, 65_536, 65_537, 200_000]) {
      const bytes = Buffer.alloc(length, 'x')
      writeFileSync(file, bytes)
      expect(holdsBytes(file, bytes), String(length)).toBe(true)
      appendFileSync(file, 'x')
      expect(holdsBytes(file, bytes), `${length} and one more`).toBe(false)
      if (length === 0) continue
      writeFileSync(file, bytes.subarray(1))
      expect(holdsBytes(file, bytes), `${length} less one`).toBe(false)
      const other = Buffer.from(bytes)
      other[length - 1] = 0
      writeFileSync(file, other)
      expect(holdsBytes(file, bytes), `another last byte of ${length}`).toBe(false)
    }
  })
})

describe('B36 what is surely absent', () => {
  it('is what a folder that is there does not hold, or one that surely is not', () => {
    for (const path of ['nothing', 'no/thing', 'no/thing/at/all']) {
      expect(isSurelyAbsent(`${folder}/${path}`)).toBe(true)
    }
    writeFileSync(file, '')
    expect(isSurelyAbsent(`${file}/below/a/file`)).toBe(true)
    expect(isSurelyAbsent('nothing-here')).toBe(true)
  })
  it('is nothing that is there, whatever it is', () => {
    mkdirSync(`${folder}/folder`)
    symlinkSync('/mnt/not/mounted', `${folder}/dangling`)
    symlinkSync('circle', `${folder}/circle`)
    for (const name of ['file', 'folder', 'dangling', 'circle'])
      expect(isSurelyAbsent(`${folder}/${name}`), name).toBe(false)
  })
  it('is nothing below a link that leads nowhere', () => {
    for (const path of ['dangling/x', 'dangling/x/y/z', 'folder/../dangling/x'])
      expect(isSurelyAbsent(`${folder}/${path}`), path).toBe(false)
    expect(() => isSurelyAbsent(`${folder}/circle/x`)).toThrow('ELOOP')
  })
})
