import {
  appendFileSync,
  linkSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { messageIdentities } from './message-identity'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cac-'))
  path = join(folder, 'message.org')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('B52 the identity of a message', () => {
  it('is that of its bytes, whatever happens to its file', () => {
    const identityOf = messageIdentities()
    writeFileSync(join(folder, 'temp'), 'one')
    linkSync(join(folder, 'temp'), path)
    const first = identityOf(path)
    unlinkSync(join(folder, 'temp'))
    expect(identityOf(path)).toEqual(first)
    rmSync(path)
    expect(identityOf(path)).toBe(undefined)
    writeFileSync(path, 'one')
    expect(identityOf(path)?.message).toBe(first?.message)
    rmSync(path)
    writeFileSync(path, 'two')
    expect(identityOf(path)?.message).not.toBe(first?.message)
  })

  it('tells that one file holds other bytes now', () => {
    const identityOf = messageIdentities()
    writeFileSync(path, 'one')
    const first = identityOf(path)
    appendFileSync(path, 'more')
    expect(identityOf(path)).toEqual({
      file: first?.file,
      message: expect.not.stringMatching(`^${first?.message}$`),
    })
  })

  it.each([1024 * 1024, 1024 * 1024 + 1])('of %d bytes is known again, and told from others', (size) => {
    const identityOf = messageIdentities()
    writeFileSync(join(folder, 'temp'), '')
    truncateSync(join(folder, 'temp'), size)
    linkSync(join(folder, 'temp'), path)
    const first = identityOf(path)
    unlinkSync(join(folder, 'temp'))
    expect(identityOf(path)).toEqual(first)
    writeFileSync(path, 'x')
    truncateSync(path, size)
    expect(identityOf(path)?.message).not.toBe(first?.message)
  })
})
