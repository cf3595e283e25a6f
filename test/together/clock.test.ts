import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { outcomeOf } from '../support/home'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'
import { until } from '../support/until'

// The clock of the machine is everybody's and faketime needs installing: the commands get a preloaded clock
// instead. It goes an hour fast before it is set back, so that afterwards it is right and agrees with the
// times that the kernel gives files.
const HOUR = 3_600_000
const reference = process.env.CROSS_AGENT_REFERENCE

let env: Record<string, string>
beforeEach(() => {
  env = {
    NODE_OPTIONS: `--import=${join(import.meta.dirname, '../support/clock.mjs')}`,
    CLOCK_OFF_BY: join(home.path, 'off-by'),
  }
  mkdirSync(home.inbox('bob'), { recursive: true })
  setClock(HOUR)
})

/** Sets the clock of the commands, in milliseconds off the true one. */
const setClock = (offBy: number) => writeFileSync(env.CLOCK_OFF_BY ?? '', String(offBy))
const inInbox = (name: string) => join(home.inbox('bob'), name)
const messages = () =>
  readdirSync(home.inbox('bob'))
    .filter((name) => name.endsWith('.org'))
    .sort()

/** Sends a message of the conversation; returns the name that it got. */
async function send(sequence: number, body = `Number ${sequence}.\n`): Promise<string> {
  const file = home.write('message.org', messageText({ SEQUENCE: String(sequence) }, body))
  const sent = await home.run('send', ['local.bob', file], { env, cwd: '/tmp' })
  expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
  const path = sent.stdout.slice('sent: '.length, -1)
  const time = Date.now() + Number(readFileSync(env.CLOCK_OFF_BY ?? '', 'utf8'))
  utimesSync(path, time / 1000, time / 1000)
  return path.slice(home.inbox('bob').length + 1)
}
const recv = (name: string) => home.run('recv', [inInbox(name)], { env })

describe('a clock that is set back by an hour', () => {
  itLong('overwrites no message, confuses no sequence, and lets each be processed', async () => {
    await home.makeKey()
    const before = [await send(1), await send(2)]
    setClock(0)
    const after = [await send(3), await send(4)]
    expect(messages()).toEqual([...after, ...before])
    for (const [index, name] of [...before, ...after].entries()) {
      expect(readFileSync(inInbox(name), 'utf8')).toContain(`Number ${index + 1}.\n`)
      expect(await recv(name)).toMatchObject({ exitCode: 0 })
    }
  })

  itLong('to a second whose names are taken moves on to the next free one', async () => {
    await home.makeKey()
    // Set back again and again, to the second of the first message or one beside it.
    const first = Date.now()
    const bodies = Array.from({ length: 6 }, (_, n) => `Body ${n}.\n`)
    for (const [index, body] of bodies.entries()) {
      setClock(first - Date.now())
      await send(index + 1, body)
    }
    expect(messages()).toHaveLength(bodies.length)
    const found = messages().map((name) => readFileSync(inInbox(name), 'utf8').split('\n\n')[1])
    expect(found.sort()).toEqual(bodies)
    for (const name of messages()) expect(await recv(name)).toMatchObject({ exitCode: 0 })
  })

  itLong(
    'leaves one copy of a message and of its retry to be processed: the one whose name comes first',
    async () => {
      await home.makeKey()
      const file = home.write('retry.org', messageText())
      const sendAgain = async () => {
        const { stdout } = await home.run('send', ['local.bob', file], { env, cwd: '/tmp' })
        return stdout.slice(`sent: ${home.inbox('bob')}/`.length, -1)
      }
      const original = await sendAgain()
      expect(await recv(original)).toMatchObject({ exitCode: 0 })
      const retry = await sendAgain()
      expect(await recv(original)).toMatchObject({ exitCode: 0 })
      expect(await recv(retry)).toMatchObject({ exitCode: 1 })
      setClock(0)
      const early = await sendAgain()
      expect(early < original).toBe(true)
      // SECURITY.md tells of this: the names alone decide, and twice is better than not at all.
      expect(await recv(early)).toMatchObject({ exitCode: 0 })
      for (const later of [original, retry]) {
        expect(await recv(later)).toMatchObject({
          exitCode: 1,
          stdout: expect.stringContaining(`reason: identical retry of ${early}\n`),
        })
      }
    },
  )

  it('makes ages negative, which are shown as the script shows them', async () => {
    for (const [project, ahead] of [
      ['minutes', 10 * 60_000],
      ['hour', HOUR],
      ['days', 50 * HOUR],
    ] as const) {
      const file = home.write(`projects/${project}/inbox/from-agents/m.org`, messageText())
      const then = (Date.now() + ahead) / 1000
      utimesSync(file, then, then)
    }
    const started = Date.now()
    const seconds = (text: string) =>
      [...text.matchAll(/(-?\d+)s ago|"age_seconds": (-?\d+)/g)].map(([, table, json]) =>
        Number(table ?? json),
      )
    for (const args of [[], ['--json']]) {
      const here = await home.run('status', args)
      expect(here).toMatchObject({ exitCode: 0, stderr: '' })
      expect(seconds(here.stdout)).toHaveLength(3)
      expect(seconds(here.stdout).every((age) => age < 0)).toBe(true)
      if (reference === undefined) continue
      const there = await home.exec(join(reference, 'cross-agent-status'), args)
      const shape = (text: string) => text.replace(/-?\d+s ago|"(age_seconds|scanned_at)": [^\n]+/g, '')
      expect(shape(here.stdout)).toBe(shape(there.stdout))
      // Whole seconds pass between the two runs, on a busy machine many.
      const passed = Math.ceil((Date.now() - started) / 1000)
      for (const [index, age] of seconds(there.stdout).entries())
        expect(Math.abs(age - (seconds(here.stdout)[index] ?? 0))).toBeLessThanOrEqual(passed + 1)
    }
  })

  it.each(
    sample(
      [
        // With the true time the kernel's: a project made right after it was set back, right before it goes ahead.
        ['back', HOUR, 0],
        ['ahead', 0, HOUR],
      ],
      1,
    ),
  )('(or %s) keeps a watcher from no message, not even the first of a new project', async (_, from, to) => {
    setClock(from)
    const watcher = home.start('watch', ['--no-notify'], { env })
    const ended = outcomeOf(watcher)
    const logFile = join(home.path, '.local/state/cross-agent-comms/watch.log')
    const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n') : [])
    const told = () => log().map((line) => line.split('\t').slice(1).join(' '))
    await until(() => {
      writeFileSync(inInbox(`probe-${Date.now()}`), '')
      return log().length > 0
    }, 'the watcher is ready')
    writeFileSync(inInbox('before.org'), '')
    const makeProject = () => home.write('projects/new/inbox/from-agents/first.org', '')
    if (to > from) makeProject()
    setClock(to)
    if (to < from) makeProject()
    writeFileSync(inInbox('after.org'), '')
    const wanted = ['bob after.org', 'bob before.org', 'new first.org']
    const heard = () => told().filter((line) => !line.includes('probe'))
    await until(() => heard().length >= wanted.length, `${wanted} are told of`)
    // The look that tells of it sees the whole folders: it would tell again what is told twice.
    writeFileSync(inInbox('last.org'), '')
    await until(() => heard().includes('bob last.org'), 'the last is told of')
    watcher.kill()
    await ended
    expect(heard().sort()).toEqual([...wanted, 'bob last.org'].sort())
  })
})
