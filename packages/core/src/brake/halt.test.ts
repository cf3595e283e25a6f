import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { paths } from '../fs/paths'
import { readHalt } from './halt'

const CONFIG = '.config/cross-agent-comms'

let home: string
beforeEach(() => {
  home = mkdtempSync(`${tmpdir()}/cac-`)
})
afterEach(() => rmSync(home, { recursive: true }))

describe('B36 the brake', () => {
  it('is not set where nothing is there for certain', () => {
    expect(readHalt(paths(home))).toBeUndefined()
    expect(readHalt(paths(join(home, 'no/such/home')))).toBeUndefined()
    mkdirSync(join(home, CONFIG), { recursive: true })
    expect(readHalt(paths(home))).toBeUndefined()
  })
  it('is set where a link above it leads nowhere: to a file system that is not mounted', () => {
    symlinkSync('/mnt/not/mounted', join(home, '.config'))
    expect(readHalt(paths(home))).toEqual({ unreadable: true })
    rmSync(join(home, '.config'))
    mkdirSync(join(home, '.config'))
    symlinkSync('/mnt/not/mounted', join(home, CONFIG))
    expect(readHalt(paths(home))).toEqual({ unreadable: true })
    symlinkSync('/mnt/not/mounted', join(home, 'home'))
    expect(readHalt(paths(join(home, 'home')))).toEqual({ unreadable: true })
  })
  it('is set with its reason below a link that leads somewhere', () => {
    mkdirSync(join(home, 'elsewhere/cross-agent-comms'), { recursive: true })
    symlinkSync('elsewhere', join(home, '.config'))
    expect(readHalt(paths(home))).toBeUndefined()
    writeFileSync(join(home, CONFIG, 'HALT'), ' stop \n')
    expect(readHalt(paths(home))).toEqual({ reason: 'stop' })
  })
})
