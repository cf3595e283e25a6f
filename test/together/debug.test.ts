import { describe, expect } from 'vitest'
import { home, it } from '../support/own-home'

describe('CROSS_AGENT_DEBUG', () => {
  const missing = (env?: Record<string, string>) =>
    home.run('send', ['local.bob', 'missing.org'], env === undefined ? {} : { env })
  it('unset: a failure is one line', async () => {
    expect(await missing()).toMatchObject({
      exitCode: 1,
      stderr: 'message file not found: missing.org\n',
    })
  })
  it('set: the stack and the cause follow it', async () => {
    const failed = await missing({ CROSS_AGENT_DEBUG: '1' })
    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toMatch(
      /^message file not found: missing\.org\nError: [^\n]+\n( {4}at [^\n]+\n)+caused by:\nError: ENOENT[^\n]*\n/,
    )
  })
})
