import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { isGone, lookAtProcess, ownProcess, processId } from './process-id'
import { listWithPs, lookWithPs } from './ps'
import { agentProcess, ancestorOf, currentSession, isBetween, isSameSession } from './session'

const idOf = (pid: number) => {
  const found = lookAtProcess(pid)
  return found === undefined || found === 'gone' ? undefined : processId(found)
}
const isProcThere = existsSync('/proc/self/stat')

describe('C21 the word of a session', () => {
  it('is CROSS_AGENT_SESSION, else what Codex says', () => {
    const env = { CROSS_AGENT_SESSION: 'night-shift', CODEX_THREAD_ID: 'thread' }
    expect(currentSession(env)).toEqual({ id: 'night-shift', process: undefined })
    expect(currentSession({ ...env, CROSS_AGENT_SESSION: '' })).toEqual({ id: 'thread', process: undefined })
  })

  it('is one line without control characters, whatever it was', () => {
    const hostile = currentSession({ CROSS_AGENT_SESSION: 'a\n\x1b[31mb\u202e' }).id
    expect(hostile).toBe('a\\x0a\\x1b[31mb\\u202e')
    const [one, other] = ['x', 'y'].map(
      (end) => currentSession({ CROSS_AGENT_SESSION: `${'a'.repeat(5000)}${end}` }).id,
    )
    expect(one?.length).toBeLessThanOrEqual(128)
    expect(one).not.toBe(other)
  })

  it.runIf(isProcThere)('ends with a process where it is the number of a living ancestor', () => {
    expect(currentSession({ CROSS_AGENT_SESSION: String(process.ppid) })).toEqual({
      id: String(process.ppid),
      process: idOf(process.ppid),
    })
    for (const word of ['4194303', '0', '-1', '1e3', `0${process.ppid}`, `${process.ppid} `])
      expect(currentSession({ CROSS_AGENT_SESSION: word })).toEqual({ id: word, process: undefined })
    expect(ancestorOf(process.pid)).toBeUndefined()
  })
})

describe.runIf(isProcThere)('C21 the process of a session', () => {
  it('is an ancestor', () => {
    const agent = agentProcess()
    expect(agent).toEqual(ancestorOf(agent?.pid ?? 0))
    expect(currentSession({})).toEqual({ id: String(agent?.pid), process: agent })
  })

  it.each([
    ['sh', '-c', 'cross-agent-recv --next'],
    ['-bash'],
    ['/usr/bin/zsh', '-l'],
    ['/bin/sh', './loop.sh'],
    ['timeout', '60', 'claude'],
    ['/usr/bin/node', '/usr/local/bin/cross-agent-watch', '--exec', 'handle'],
    ['node', '--no-warnings', '/opt/cross-agent-recv.cjs'],
    ['npm exec cross-agent-recv'],
    ['node', '/usr/lib/node_modules/npm/bin/npx-cli.js', 'cross-agent-recv'],
  ])('is not %s', (...words) => expect(isBetween(words)).toBe(true))

  it.each([
    ['claude'],
    ['node', '/usr/local/bin/gemini', '--yolo'],
    ['node', '/home/me/cross-agent-recv-wrapper.js'],
    ['python3', 'agent.py', 'sh'],
    ['bashful'],
    [],
  ])('may be %s', (...words) => expect(isBetween(words)).toBe(false))

  it('is gone when it has ended, also if its parent does not know, and if its number is used again', async () => {
    const own = ownProcess()
    if (own === undefined) throw new Error('unknown')
    expect(isGone(own)).toBe(false)
    expect(isGone({ ...own, started: '1' })).toBe(true)
    expect(isGone({ ...own, pid: 4194305 })).toBe(true)
    const shell: ChildProcess = spawn('sh', ['-c', 'sleep 600 & echo $!; kill -STOP $$'])
    const [line] = await once(shell.stdout ?? shell, 'data')
    const child = idOf(Number(line))
    if (child === undefined) throw new Error('unknown')
    expect(isGone(child)).toBe(false)
    process.kill(child.pid, 'SIGKILL')
    const state = () => readFileSync(`/proc/${child.pid}/stat`, 'latin1').replace(/^.*\) /s, '')[0]
    while (state() !== 'Z') await new Promise(setImmediate)
    expect(isGone(child)).toBe(true)
    shell.kill('SIGKILL')
  })

  it('cannot be judged on another host, boot or in another namespace', () => {
    const own = ownProcess()
    if (own === undefined) throw new Error('unknown')
    for (const at of [0, 1, 2, 3]) {
      const scope = own.scope.split('-').with(at, '1').join('-')
      expect(isGone({ ...own, pid: 4194305, scope })).toBe(false)
    }
    expect(isGone({ ...own, pid: 4194305, scope: '' })).toBe(false)
  })

  it('is also found where there is no /proc', async () => {
    const found = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(process.pid)], {
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC0' },
    }).catch(() => undefined)
    if (found === undefined || process.getBuiltinModule === undefined) return
    const own = lookWithPs(process.pid)
    expect(own).toMatchObject({ pid: process.pid, parent: process.ppid, started: found.stdout.trim() })
    expect(listWithPs()).toContainEqual(own)
    expect(lookWithPs(4194305)).toBe('gone')
  })
})

describe('C21 two are one session', () => {
  const process = { pid: 7, started: '1', scope: 'here' }
  it.each([
    ['by their process', { id: 'a', process }, { id: 'b', process }, true],
    ['by their word', { id: 'a', process: undefined }, { id: 'a', process }, true],
    ['not by a number alone', { id: '7', process: undefined }, { id: '7', process }, false],
    [
      'not where a number was used again',
      { id: '7', process },
      { id: '7', process: { ...process, started: '2' } },
      false,
    ],
    ['not by different words', { id: 'a', process: undefined }, { id: 'b', process: undefined }, false],
  ])('%s', (_, one, other, is) => {
    expect(isSameSession(one, other)).toBe(is)
    expect(isSameSession(other, one)).toBe(is)
  })
})
