import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isGone, ownHolder } from './outbox-hold'

const HOUR = 60 * 60 * 1000
const own = ownHolder().split('-')
/** This process's identity with some parts changed. */
const other = (changes: Record<number, string>) => own.map((part, at) => changes[at] ?? part).join('-')

describe.runIf(existsSync('/proc/self/stat'))('B53 who holds a message', () => {
  it('lives as long as its process, also if that is not waited for by its parent', async () => {
    expect(isGone(ownHolder(), 0, Number.MAX_SAFE_INTEGER)).toBe(false)
    expect(isGone(other({ 1: '1' }), 0, 0)).toBe(true)
    expect(isGone(other({ 0: '4194305' }), 0, 0)).toBe(true)
    // Its child stays a zombie while the shell is stopped.
    const shell: ChildProcess = spawn('sh', ['-c', 'sleep 600 & echo $!; kill -STOP $$'])
    const [line] = await once(shell.stdout ?? shell, 'data')
    const pid = String(line).trim()
    const fields = () =>
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
    const holder = other({ 0: pid, 1: fields()[19] ?? '' })
    expect(isGone(holder, 0, Number.MAX_SAFE_INTEGER)).toBe(false)
    process.kill(Number(pid), 'SIGKILL')
    while (existsSync(`/proc/${pid}/stat`) && fields()[0] !== 'Z') await new Promise(setImmediate)
    expect(isGone(holder, 0, 0)).toBe(true)
    shell.kill('SIGKILL')
  })

  it('is gone when its machine was started again', () => {
    expect(isGone(other({ 3: 'abcdef' }), 0, 0)).toBe(true)
  })

  it.each([
    ['on another machine', { 2: '00000000', 3: 'abcdef' }],
    ['in another container', { 4: '1' }],
    ['that does not know where it is', { 1: '', 2: '00000000', 3: '', 4: '' }],
  ])('%s cannot be judged: it is gone after six hours without a sign', (_, changes) => {
    expect(isGone(other(changes), HOUR, 6 * HOUR)).toBe(false)
    expect(isGone(other(changes), HOUR, 8 * HOUR)).toBe(true)
  })
})
