import { expect, it } from 'vitest'
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
