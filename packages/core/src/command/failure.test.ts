import { describe, expect, it, vi } from 'vitest'
import { Failure } from './failure'

class OtherFailure extends Failure {}

describe('Failure', () => {
  it('is known though a part of a command has its own copy of the class', async () => {
    vi.resetModules()
    const copy = await import('./failure')
    expect(copy.Failure).not.toBe(Failure)
    const thrown = new copy.Failure('usage', { message: 'x' })
    expect(thrown instanceof Failure).toBe(true)
  })

  it('is no other error, and no class that extends it', () => {
    for (const value of [new Error('x'), { kind: 'usage' }, undefined, null, 'Failure'])
      expect(value instanceof Failure).toBe(false)
    const failure = new Failure('usage', { message: 'x' })
    expect(failure instanceof OtherFailure).toBe(false)
    expect(new OtherFailure('usage', { message: 'x' }) instanceof OtherFailure).toBe(true)
    expect(new OtherFailure('usage', { message: 'x' }) instanceof Failure).toBe(true)
  })
})
