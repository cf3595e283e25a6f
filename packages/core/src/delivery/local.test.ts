import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canonicalName } from '../message/message-name'
import { deliverLocally } from './local'

let inbox: string
beforeEach(() => {
  inbox = mkdtempSync(join(tmpdir(), 'cac-'))
})
afterEach(() => rmSync(inbox, { recursive: true, force: true }))

const nameOf = (clashes: number) => canonicalName(clashes * 1000, 'mill', 'flour')
const FIRST = '19700101T000000Z-from-mill-flour.org'
const SECOND = '19700101T000001Z-from-mill-flour.org'

function deliver(isSigned: boolean, name = nameOf): string {
  const signature = isSigned ? Buffer.from('signature') : undefined
  return deliverLocally({ inbox, message: Buffer.from('m'), signature, name, beforeStep() {} })
}

function lies(folder: string, name: string): void {
  mkdirSync(join(inbox, folder), { recursive: true })
  writeFileSync(join(inbox, folder, name), '')
}

describe('B52 the name of a message that is done is not given again', () => {
  it.each([
    ['done', FIRST],
    ['done', `done-${FIRST}`],
    ['done', FIRST.replace('.org', '.2.org')],
    ['done', `done-${FIRST.replace('.org', '.2.org')}`],
    ['done', `${FIRST}.asc`],
    ['aside', FIRST],
    ['aside', FIRST.replace('.org', '.2.org')],
  ])('in %s/: %s', (folder, name) => {
    lies(folder, name)
    expect(deliver(true)).toBe(SECOND)
    rmSync(join(inbox, SECOND))
    rmSync(join(inbox, `${SECOND}.asc`))
    expect(deliver(false)).toBe(SECOND)
    expect(readdirSync(inbox).sort()).toEqual([SECOND, folder].sort())
  })

  it('nor that of one whose name was too long to be kept whole', () => {
    const long = (clashes: number) => canonicalName(clashes * 1000, 'mill', 'f'.repeat(255 - 27 - 4 - 4))
    expect(Buffer.byteLength(`${long(0)}.asc`)).toBe(255)
    lies('done', long(0))
    expect(deliver(false, long)).toBe(long(1))
  })

  it('but one of another message is, and nothing is looked for behind a link', () => {
    lies('done', SECOND)
    lies('other', FIRST)
    symlinkSync('other', join(inbox, 'aside'))
    expect(deliver(true)).toBe(FIRST)
  })
})
