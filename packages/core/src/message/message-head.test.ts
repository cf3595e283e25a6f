import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { isLong } from '../../../../test/support/long'
import { headerOfMessage, LONGEST_HEADER, readFileHead } from './message-head'

const folder = mkdtempSync(`${tmpdir()}/cac-`)
const file = `${folder}/m.org`
afterAll(() => rmSync(folder, { recursive: true }))

const MEGABYTES = isLong ? 150 : 10
const LAST_FIELD = '#+Z: z\n'
/** A header of so many bytes, its last field included. */
const ofLength = (bytes: number, unit = 'x') => {
  const value = unit.repeat(
    Math.floor((bytes - '#+A: \n'.length - LAST_FIELD.length) / Buffer.byteLength(unit)),
  )
  const text = `#+A: ${value}\n${LAST_FIELD}`
  return '\n'.repeat(bytes - Buffer.byteLength(text)) + text
}
const read = (content: string | Buffer) => {
  writeFileSync(file, content)
  return { file: readFileHead(file).header, message: headerOfMessage(Buffer.from(content)) }
}

describe('B40 the header of a message', () => {
  it.each([
    ['as long as the file', ofLength(LONGEST_HEADER)],
    ['of two-byte characters', ofLength(LONGEST_HEADER, 'é')],
    ['closed by a blank line within 64 KB', `${ofLength(LONGEST_HEADER - 2)}\n\nbody\n`],
    [
      'closed by a long line that begins within 64 KB',
      `${ofLength(LONGEST_HEADER - 1)}${'body'.repeat(99_999)}`,
    ],
    ['short, with a body on one line', `#+Z: z\n\n${'x'.repeat(300_000)}`],
    ['short, with the body in the next line', `#+Z: z\n${'x'.repeat(300_000)}`],
    ['short, with carriage returns alone', `#+Z: z\r${'\r'.repeat(300_000)}`],
  ])('is read where it is %s', (_, content) => {
    const { file, message } = read(content)
    expect(file?.get('Z')).toBe('z')
    expect(message).toEqual(file)
  })
  it.each([
    ['one byte longer than 64 KB', ofLength(LONGEST_HEADER + 1)],
    ['64 KB long, with more to come', `${ofLength(LONGEST_HEADER)}\n`],
    ['one endless field', `#+Z: ${'x'.repeat(300_000)}`],
    ['behind 64 KB of other lines', `${'\n'.repeat(LONGEST_HEADER)}#+Z: z\n\n`],
    ['nowhere', 'x\n'.repeat(100_000)],
    [`nowhere in ${MEGABYTES} MB of carriage returns`, Buffer.alloc(MEGABYTES * 1e6, '\r')],
  ])('is none where it is %s', (_, content) => {
    expect(read(content)).toEqual({ file: undefined, message: undefined })
  })
  it('is read from a file of any size by 64 KB at most', () => {
    writeFileSync(file, '#+Z: z\n\n')
    truncateSync(file, 20_000_000_000)
    expect(readFileHead(file).header?.get('Z')).toBe('z')
    const fd = openSync(file, 'w')
    ftruncateSync(fd, 20_000_000_000)
    closeSync(fd)
    expect(readFileHead(file).header).toBeUndefined()
  })
})
