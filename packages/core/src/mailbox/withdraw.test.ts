import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readPart, withdraw } from './place-pair'

let inbox: string
let lying: string
let moved: string

beforeEach(() => {
  inbox = mkdtempSync(join(tmpdir(), 'withdraw-'))
  mkdirSync(join(inbox, 'aside'))
  lying = join(inbox, 'm.org')
  moved = join(inbox, 'aside', 'm.org')
  writeFileSync(lying, 'text')
  linkSync(lying, moved)
})
afterEach(() => rmSync(inbox, { recursive: true }))

const names = () => readdirSync(inbox, { recursive: true }).sort()

describe('C22 two moves of one message in opposite directions', () => {
  it('one alone removes the file that it moved away', () => {
    withdraw(readPart(lying), moved)
    expect(names()).toEqual(['aside', 'aside/m.org'])
  })

  it('whoever removes last leaves a file, though each saw that of the other', () => {
    const [toAside, toInbox] = [readPart(lying), readPart(moved)]
    withdraw(toAside, moved)
    expect(existsSync(lying)).toBe(false)
    withdraw(toInbox, lying)
    expect(names()).toEqual(['aside', 'm.org'])
  })

  it('what is gone already is nobody to remove', () => {
    const part = readPart(lying)
    rmSync(lying)
    withdraw(part, moved)
    expect(names()).toEqual(['aside', 'aside/m.org'])
  })

  it('a file that cannot be placed again keeps its name', () => {
    const part = readPart(lying)
    rmSync(join(inbox, 'aside'), { recursive: true })
    expect(() => withdraw(part, moved)).toThrow('ENOENT')
    expect(existsSync(lying)).toBe(true)
  })
})
