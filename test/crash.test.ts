import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binOf } from '../scripts/project.mjs'
import { Home, type Outcome, outcomeOf } from './support/home'
import { messageText } from './support/message'

/** Every system call by which a send may change what is on disk. */
const CALLS = [
  'openat',
  'mkdir',
  'write',
  'fsync',
  'link',
  'rename',
  'unlink',
  'rmdir',
  'chmod',
  'fchmod',
  'ftruncate',
]

/** Milliseconds: only what hangs takes as long. */
const LIMIT = 900_000

interface Call {
  readonly name: string
  /** Which of its name, counted from 1. */
  readonly count: number
  /** How many of its name touch the home before it. */
  readonly before: number
  readonly line: string
}

describe('B6 a send that is killed', () => {
  const home = new Home()
  const inbox = home.inbox('bob')
  const temp = join(home.path, 'temp')
  const message = home.write('message.org', messageText({}, 'x'.repeat(10_000)))
  const env = { TMPDIR: temp }
  const clear = () => {
    for (const folder of [join(home.path, 'projects'), temp]) rmSync(folder, { recursive: true, force: true })
    mkdirSync(join(home.path, 'projects/bob'), { recursive: true })
    mkdirSync(temp)
  }
  const trace = join(home.path, 'trace')
  const traceLines = () => (existsSync(trace) ? readFileSync(trace, 'utf8').split('\n') : [])

  /**
   * A send under strace. One of node's own writes that is failed instead of ours (it tells the event loop of a
   * child's end by a pipe) makes node wait forever, which proves nothing about us: then it is killed.
   */
  const traced = async (options: string[], args: string[]): Promise<Outcome> => {
    rmSync(trace, { force: true })
    const command = ['-o', trace, ...options, 'node', binOf('send'), 'local.bob', message, ...args]
    const child = home.spawn('strace', command, { env, cwd: '/tmp', detached: true })
    const ended = outcomeOf(child)
    const look = setInterval(() => {
      const hit = traceLines().find((line) => line.includes('(INJECTED)'))
      if (hit === undefined || hit.includes(home.path)) return
      clearInterval(look)
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    }, 100)
    return ended.finally(() => clearInterval(look))
  }

  /** The calls of a whole send that change something below the home. */
  const callsOf = async (args: string[]): Promise<Call[]> => {
    clear()
    const sent = await traced(['-y', '-e', `trace=${CALLS.join(',')}`], args)
    expect(sent).toMatchObject({ exitCode: 0 })
    const all = traceLines()
    const calls = CALLS.flatMap((name) => {
      const named = all.filter((line) => line.startsWith(`${name}(`))
      let before = 0
      return named.flatMap((line, at) => {
        if (!line.includes(home.path)) return []
        const call = { name, count: at + 1, before: before++, line }
        const changes =
          name !== 'openat' ||
          line.includes('O_CREAT') ||
          /O_CLOEXEC\|O_DIRECTORY/.test(line.replace('O_NONBLOCK|O_CLOEXEC|O_DIRECTORY', ''))
        return changes ? [call] : []
      })
    })
    return calls
  }

  /**
   * A send to which something happens at one of its calls. Now and then node makes a call more or fewer of its
   * own before, so that another one is hit: then it is tried again, one call later or earlier.
   */
  const atCall = async (
    { name, count, before, line }: Call,
    what: string,
    args: string[],
  ): Promise<Outcome> => {
    let when = count
    for (let tries = 0; tries < 40; tries++) {
      clear()
      const outcome = await traced(
        ['-y', '-e', `trace=${name}`, '-e', `inject=${name}:${what}:when=${when}`],
        args,
      )
      const seen = traceLines().filter((call) => call.startsWith(`${name}(`))
      // Killed at its last call; where there were fewer calls than that, nothing was hit.
      const killedAt = outcome.exitCode === 0 ? -1 : seen.length - 1
      const hit = what === 'signal=KILL' ? killedAt : seen.findIndex((call) => call.includes('(INJECTED)'))
      const passed = seen.slice(0, Math.max(0, hit)).filter((call) => call.includes(home.path)).length
      const ours = seen[hit]?.includes(home.path) === true
      if (ours && passed === before && outcome.exitCode !== 0) return outcome
      when = Math.max(1, when + (hit < 0 || passed > before ? -1 : 1))
    }
    throw new Error(`never hit: ${line}`)
  }

  beforeAll(() => home.makeKey())
  afterAll(() => home.remove())

  it.each([
    ['signed', []],
    ['unsigned', ['--no-sign']],
  ])(
    '%s, before each call that changes a file, leaves nothing broken',
    async (kind, args) => {
      const calls = await callsOf(args)
      expect(calls.length).toBeGreaterThan(kind === 'signed' ? 12 : 6)
      let broken = 0
      for (const call of calls) {
        const { line } = call
        const killed = await atCall(call, 'signal=KILL', args)
        expect(killed.exitCode, line).not.toBe(0)
        const names = existsSync(inbox) ? readdirSync(inbox) : []
        const messages = names.filter((found) => found.endsWith('.org') && !found.startsWith('.'))
        for (const found of messages) {
          const received = await home.run('recv', [
            join(inbox, found),
            ...(kind === 'signed' ? [] : ['--no-verify']),
          ])
          if (received.exitCode !== 0) broken++
          expect(received, `${line}\n${received.stdout}`).toMatchObject({ exitCode: 0 })
        }
        const others = names.filter((found) => !messages.includes(found) && !found.startsWith('.tmp.'))
        expect(
          others.every((found) => found.endsWith('.asc')),
          `${line}: ${others}`,
        ).toBe(true)

        const next = await home.run('send', ['local.bob', message, ...args], { env, cwd: '/tmp' })
        expect(next, line).toMatchObject({ exitCode: 0 })
        const left = readdirSync(inbox).filter((found) => found.startsWith('.tmp.'))
        const yesterday = Date.now() / 1000 - 25 * 3600
        for (const found of left) utimesSync(join(inbox, found), yesterday, yesterday)
        expect((await home.run('send', ['local.bob', message, ...args], { env, cwd: '/tmp' })).exitCode).toBe(
          0,
        )
        // Temp files are gone, and so is a signature whose message never came.
        const kept = readdirSync(inbox)
        const odd = kept.filter(
          (found) =>
            found.startsWith('.tmp.') || (found.endsWith('.asc') && !kept.includes(found.slice(0, -4))),
        )
        expect(odd, line).toEqual([])
      }
      console.log(`kills tried (${kind}): ${calls.length}, broken: ${broken}`)
    },
    LIMIT,
  )

  it(
    'whose calls fail instead says so in one line and leaves nothing behind',
    async () => {
      const calls = (await callsOf([])).filter(
        ({ name, line }) => !line.includes('sent: ') && name !== 'rmdir' && name !== 'unlink',
      )
      let tried = 0
      for (const error of ['ENOSPC', 'EIO', 'EDQUOT']) {
        for (const call of calls) {
          const { line } = call
          const failed = await atCall(call, `error=${error}`, [])
          tried++
          expect(failed, `${error} at ${line}`).toMatchObject({ exitCode: 1, stdout: '' })
          expect(failed.stderr, line).toMatch(/^[^\n]+\n([^\n]+\n)?$/)
          expect(failed.stderr, line).toContain(error.replace('EDQUOT', 'quota'))
          expect(readdirSync(temp), line).toEqual([])
          const names = existsSync(inbox) ? readdirSync(inbox) : []
          expect(
            names.filter((found) => found.startsWith('.')),
            line,
          ).toEqual([])
        }
      }
      console.log(`failing calls tried: ${tried}`)
    },
    LIMIT,
  )
})
