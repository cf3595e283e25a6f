import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { moment } from './folder-state'
import { type Arrival, InboxState } from './inbox-state'

let root: string
let inbox: string
let told: string[]
let state: InboxState
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'state-'))
  inbox = join(root, 'inbox')
  told = []
  mkdirSync(inbox)
  state = new InboxState((arrivals: readonly Arrival[]) => {
    for (const { name } of arrivals) told.push(name)
  }, moment())
  state.begin([inbox])
})
afterEach(() => rmSync(root, { recursive: true }))

it('B23 a folder that comes back tells nothing twice, however long ago the last look was', () => {
  // A look that began before the message came, and found the folder only after it had been replaced.
  const listedAt = moment()
  writeFileSync(join(inbox, 'before.org'), '')
  state.follow([join(inbox, 'before.org')])
  renameSync(inbox, join(root, 'aside'))
  mkdirSync(inbox)
  writeFileSync(join(inbox, 'after.org'), '')
  expect(state.look([inbox], listedAt)).toBe(true)
  rmSync(inbox, { recursive: true })
  writeFileSync(join(root, 'aside/while-aside.org'), '')
  renameSync(join(root, 'aside'), inbox)
  expect(state.look([inbox], moment())).toBe(true)
  expect(told).toEqual(['before.org', 'after.org', 'while-aside.org'])
})

it('B23 so does one that was not there at all for a while', () => {
  const listedAt = moment()
  writeFileSync(join(inbox, 'before.org'), '')
  state.follow([join(inbox, 'before.org')])
  renameSync(inbox, join(root, 'aside'))
  expect(state.look([], listedAt)).toBe(true)
  renameSync(join(root, 'aside'), inbox)
  expect(state.look([inbox], moment())).toBe(true)
  expect(told).toEqual(['before.org'])
})
