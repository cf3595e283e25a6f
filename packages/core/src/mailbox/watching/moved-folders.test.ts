import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { moment } from './folder-state'
import { InboxState } from './inbox-state'

it.each(['done', 'aside'])(
  'C14 C22 the folder %s/ in an inbox is not news, but a file of that name is',
  (name) => {
    const inbox = mkdtempSync(join(tmpdir(), 'moved-'))
    const told: string[] = []
    const state = new InboxState((arrivals) => {
      for (const arrival of arrivals) told.push(arrival.name)
    }, moment())
    state.begin([inbox])
    mkdirSync(join(inbox, name))
    state.follow([join(inbox, name)])
    state.look([inbox])
    expect(told).toEqual([])
    rmSync(join(inbox, name), { recursive: true })
    writeFileSync(join(inbox, name), '')
    state.follow([join(inbox, name)])
    expect(told).toEqual([name])
    rmSync(inbox, { recursive: true })
  },
)
