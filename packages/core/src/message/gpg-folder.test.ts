import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deadLocks } from './gpg-folder'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cac-locks-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function lock(text: string, name = 'pubring.kbx.lock'): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  utimesSync(path, 1, 1)
  return path
}

/** As gpg writes it. */
const heldBy = (pid: number, host = hostname()) => `${String(pid).padStart(10)}\n${host}\n`

describe('deadLocks', () => {
  it.each(['', '\0'.repeat(32), '123'])('finds a lock that holds %j', (text) => {
    const path = lock(text)
    expect(deadLocks(folder)).toEqual([path])
  })

  it('finds it beside the keys of keyboxd', () => {
    mkdirSync(join(folder, 'public-keys.d'))
    const path = lock('', 'public-keys.d/pubring.db.lock')
    expect(deadLocks(folder)).toEqual([path])
  })

  it('finds a lock whose number some other program has now', () => {
    const path = lock(heldBy(process.pid))
    expect(deadLocks(folder)).toEqual([path])
  })

  it('leaves what gpg clears away itself, and what cannot be judged', () => {
    lock(heldBy(2 ** 22 + 1), 'gone.lock')
    lock(heldBy(process.pid, 'another-host'), 'elsewhere.lock')
    writeFileSync(join(folder, 'new.lock'), '')
    writeFileSync(join(folder, 'new-holder.lock'), heldBy(process.pid))
    lock('', 'gpg.conf')
    lock('x'.repeat(1000), 'large.lock')
    mkdirSync(join(folder, 'folder.lock'))
    expect(deadLocks(folder)).toEqual([])
  })

  it('says nothing of a folder that is not there', () => {
    expect(deadLocks(join(folder, 'none'))).toEqual([])
  })
})
