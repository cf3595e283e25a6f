import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { paths } from '../fs/paths'
import { emptyRecord, formatRecord, parseRecord } from './project-record'
import { RecordStore, recordFolder } from './record-store'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'record-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const store = () => new RecordStore(paths(home), 'bakery')
const folder = () => recordFolder(paths(home), 'bakery')

describe('C23 the record of a project', () => {
  it('stays, and is seen by every store', () => {
    const [one, other] = [store(), store()]
    expect(one.read()).toEqual(emptyRecord())
    one.change((record) => record.tellings.push({ message: 'm', session: 's', at: 1 }))
    expect(other.read().tellings).toEqual([{ message: 'm', session: 's', at: 1 }])
    other.change((record) => {
      record.tellings = []
    })
    expect(one.read()).toEqual(emptyRecord())
    expect(readdirSync(folder()).sort()).toEqual(['lock', 'record.json'])
  })

  it('does not change if the decision throws, and the lock is free again', () => {
    const one = store()
    const decide = () =>
      one.change((record) => {
        record.tellings.push({ message: 'm', session: 's', at: 1 })
        throw new Error('no')
      })
    expect(decide).toThrow('no')
    expect(store().read()).toEqual(emptyRecord())
    one.change((record) => record.tellings.push({ message: 'm', session: 's', at: 1 }))
    expect(store().read().tellings).toHaveLength(1)
  })

  it('takes the lock of a process that is gone', async () => {
    const dead = spawn('true')
    await new Promise((resolve) => dead.once('close', resolve))
    store().change(() => {})
    const { ownProcess } = await import('../programs/process-id')
    const scope = ownProcess()?.scope ?? ''
    rmSync(join(folder(), 'lock'))
    writeFileSync(join(folder(), `lock.${dead.pid}.31.${scope}`), '')
    store().change((record) => record.tellings.push({ message: 'm', session: 's', at: 1 }))
    expect(store().read().tellings).toHaveLength(1)
    expect(readdirSync(folder()).sort()).toEqual(['lock', 'record.json'])
  })

  it('makes the lock anew if its maker was killed', () => {
    mkdirSync(folder(), { recursive: true })
    store().change((record) => record.tellings.push({ message: 'm', session: 's', at: 1 }))
    expect(store().read().tellings).toHaveLength(1)
  })

  it('is bounded: the newest stay', () => {
    const record = emptyRecord()
    for (let at = 0; at < 5000; at++) {
      record.tellings.push({ message: `${at}`, session: 's', at })
      record.wakes.push({ session: 's', at, conversations: ['c'] })
      record.heldBack.push({ conversation: `${at}`, until: at, toldAt: at })
    }
    const kept = parseRecord(formatRecord(record))
    expect([kept.tellings.length, kept.wakes.length, kept.heldBack.length]).toEqual([4000, 1000, 50])
    expect(kept.tellings.at(-1)?.at).toBe(4999)
  })

  it.each(['{', '[]', '{}', 'null', '{"form":"cross-agent project record 1"}'])('refuses %s', (text) => {
    expect(() => parseRecord(text)).toThrow()
  })
})
