import { describe, expect, it } from 'vitest'
import { itLong } from '../../../../test/support/long'
import { exec, execSync, lastWords } from './exec'

const env = { PATH: '/usr/bin:/bin' }
const shell = (script: string, timeout = 120_000) => exec('sh', ['-c', script], { env, timeout })

describe('a program that is run', () => {
  it('is data, whether it works or not', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    })
    expect(await shell('kill -9 $$')).toMatchObject({
      exitCode: undefined,
      failure: 'killed',
      detail: 'SIGKILL',
    })
    expect(await exec('not-a-program', [], { env })).toMatchObject({ failure: 'not-found' })
    expect(await exec('/etc/passwd', [], { env })).toMatchObject({ failure: 'not-started', detail: 'EACCES' })
    expect(await exec('true', ['x'.repeat(3_000_000)], { env })).toMatchObject({ failure: 'not-started' })
    expect(execSync('not-a-program', [], { env })).toMatchObject({ failure: 'not-found' })
    expect(execSync('sh', ['-c', 'exit 3'], { env })).toMatchObject({ exitCode: 3 })
  })
  it('is ended when its time is up', async () => {
    expect(await shell('sleep 20', 50)).toMatchObject({ failure: 'timed-out' })
    expect(execSync('sleep', ['20'], { env, timeout: 50 })).toMatchObject({ failure: 'timed-out' })
  })
  it('cannot fill our memory', async () => {
    const flood = await shell('head -c 60000000 /dev/zero')
    expect(flood.exitCode).toBe(0)
    expect(flood.stdout.length).toBeLessThan(17 * 1024 * 1024)
  })
  itLong('B64 gets all of its inputs and their ends, whether it reads them or not', async () => {
    const large = Buffer.alloc(100_000_000, 'x')
    const inputs = [large, Buffer.from('second'), Buffer.alloc(0)]
    const run = (script: string) => exec('sh', ['-c', script], { env, inputs, timeout: 120_000 })
    expect(await run('wc -c; cat <&3; wc -c <&4')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\s*100000000\nsecond\s*0\n$/),
    })
    expect(await run('head -c 3; exit 3')).toMatchObject({ exitCode: 3, stdout: 'xxx' })
    expect(await run('exit 3')).toMatchObject({ exitCode: 3, stdout: '' })
    expect(await exec('not-a-program', [], { env, inputs })).toMatchObject({ failure: 'not-found' })
  })
  it('has last words, or a code', async () => {
    expect(lastWords(await shell('printf "one\\rtwo\\n" >&2; exit 1'))).toBe('two')
    expect(lastWords(await shell('exit 4'))).toBe('exit 4')
    expect(lastWords(await shell('kill -15 $$'))).toBe('exit -15')
  })
})
