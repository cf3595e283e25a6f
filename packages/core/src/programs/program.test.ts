import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Interruption } from './interruption'
import { Program } from './program'

const env = { PATH: '/usr/bin:/bin' }
const shell = (script: string, options: Partial<ConstructorParameters<typeof Program>[2]> = {}) =>
  new Program('sh', ['-c', script], { env, ...options })

describe('a program that runs', () => {
  it('is heard and told, and stops when it is asked to', async () => {
    const program = shell('echo ready >&2; exec cat', { talks: true, output: 'heard' })
    const words = await new Promise((resolve) => program.onWords(resolve))
    expect([words, program.end]).toEqual(['ready\n', undefined])
    program.tell('one\n')
    const said = program.stdout === undefined || program.stdout === null ? [] : once(program.stdout, 'data')
    expect(String(await said)).toBe('one\n')
    program.stop()
    const end = { exitCode: undefined, stdout: '', stderr: 'ready\n', failure: 'killed', detail: 'SIGTERM' }
    expect(await program.ended).toEqual(end)
    expect(program.end).toEqual(end)
  })
  it('B37 ends under HALT, also where it does not want to', async () => {
    const deaf = 'trap "" TERM; echo deaf; while :; do sleep 1; done'
    for (const script of ['sleep 60', deaf]) {
      expect(await shell(script, { isHalted: () => true }).ended).toMatchObject({ failure: 'halted' })
    }
  })
  it('B42 gets a signal of ours, and a second to heed it', async () => {
    const signalled = async (script: string, signal: NodeJS.Signals) => {
      let listener: (signal: NodeJS.Signals) => void = () => {}
      const interruption: Interruption = {
        signal: undefined,
        onSignal(given) {
          listener = given
          return () => {}
        },
        check() {},
        arrive: () => Promise.resolve(),
        release() {},
      }
      const program = shell(`${script}; echo ready >&2; exec sleep 60`, { interruption })
      await new Promise((resolve) => program.onWords(resolve))
      listener(signal)
      return program.ended
    }
    expect(await signalled(':', 'SIGHUP')).toMatchObject({ failure: 'killed', detail: 'SIGHUP' })
    expect(await signalled('trap "" INT', 'SIGINT')).toMatchObject({ failure: 'timed-out' })
  })
  it('ends when it is not needed any more', async () => {
    const { failure, detail } = await shell('exec sleep 60', { until: Promise.resolve(true) }).ended
    expect([failure, detail]).toEqual(['killed', 'SIGTERM'])
    const other = shell('exit 4', { until: Promise.resolve(false) })
    expect(await other.ended).toMatchObject({ exitCode: 4 })
  })
})
