import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { exec } from './exec'
import { holdSignals, withTimeLimit } from './interruption'

it('B72 the time for one message ends what runs, and what begins afterwards', async () => {
  const signals = holdSignals()
  const limit = withTimeLimit(signals, 100)
  limit.check()
  for (const _ of [1, 2]) {
    const { failure } = await exec('sleep', ['600'], { env: process.env, interruption: limit })
    expect(failure).toBe('killed')
  }
  expect(limit.check).toThrow('ETIMEDOUT')
  expect(signals.signal).toBeUndefined()
  limit.release()
  signals.release()
})

const WORK = {
  'after other work': () => readFile('/dev/null'),
  'after a timer': () => new Promise((resolve) => setTimeout(resolve, 1)),
  'after a turn': () => new Promise(setImmediate),
}

describe.each(Object.entries(WORK))('B11 a signal that comes during synchronous work, %s', (_, work) => {
  let times = 0
  const count = () => {
    times++
  }

  beforeEach(() => {
    times = 0
    process.on('SIGHUP', count)
  })
  afterEach(() => {
    process.off('SIGHUP', count)
  })

  it('is noticed, and ends the process after the release', async () => {
    const signals = holdSignals()
    await work()
    execFileSync('kill', ['-HUP', String(process.pid)])
    await signals.arrive()
    expect(signals.signal).toBe('SIGHUP')
    signals.release()
    await vi.waitFor(() => expect(times).toBe(2), 60_000)
  })

  it('ends the process also if it is noticed only after the release', async () => {
    const signals = holdSignals()
    await work()
    execFileSync('kill', ['-HUP', String(process.pid)])
    signals.release()
    await vi.waitFor(() => expect(times).toBe(2), 60_000)
  })
})

it('many holders at once make node warn of nothing', async () => {
  const warned: Error[] = []
  const warn = (warning: Error) => warned.push(warning)
  process.on('warning', warn)
  const held = Array.from({ length: 20 }, holdSignals)
  for (const signals of held) signals.release()
  await new Promise((resolve) => setTimeout(resolve, 1))
  process.off('warning', warn)
  expect(warned).toEqual([])
})
