import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { outcomeOf } from '../support/home'
import { untilWatching } from '../support/inotify'
import { isLong, LONGER, sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

beforeEach(() => mkdirSync(home.inbox('bob'), { recursive: true }))

const FIRST = '20260101T000000Z-from-alice-talk.org'
const SECOND = '20260102T000000Z-from-alice-talk.org'

/** Delivers as senders do: the name appears by a rename. Returns the path. */
function arrive(name = FIRST, fields: Record<string, string> = {}, project = 'bob'): string {
  mkdirSync(home.inbox(project), { recursive: true })
  const temp = join(home.inbox(project), `.tmp.${name}`)
  writeFileSync(temp, messageText(fields))
  renameSync(temp, join(home.inbox(project), name))
  return join(home.inbox(project), name)
}
const once = (...args: string[]) => home.run('watch', ['--once', ...args])
const inProject = (project: string, ...args: string[]) =>
  home.run('watch', ['--once', ...args], { cwd: join(home.path, 'projects', project) })

describe('C5 watch --once', () => {
  it('prints the first message that waits, at once', async () => {
    arrive(SECOND)
    const path = arrive(FIRST, { SEQUENCE: '2' })
    expect(await once()).toEqual({ exitCode: 0, signal: null, stdout: `${path}\n`, stderr: '' })
  })

  it('finds the first over all projects', async () => {
    arrive(SECOND)
    const path = arrive(FIRST, {}, 'carol')
    expect((await once()).stdout).toBe(`${path}\n`)
  })

  it('waits for what comes', async () => {
    const child = home.start('watch', ['--once'])
    const ended = outcomeOf(child)
    await untilWatching(child)
    const path = arrive()
    expect(await ended).toMatchObject({ exitCode: 0, stdout: `${path}\n` })
  })

  it('misses nothing at whatever moment it comes', LONGER, async () => {
    for (let delay = 0; delay < 60; delay += isLong ? 6 : 20) {
      const ended = once('--timeout', '100')
      await new Promise((resolve) => setTimeout(resolve, delay))
      const path = arrive()
      expect(await ended).toMatchObject({ exitCode: 0, stdout: `${path}\n` })
      rmSync(path)
    }
  })

  it('tells every waiter', async () => {
    const children = Array.from({ length: 5 }, () => home.start('watch', ['--once']))
    const ended = children.map((child) => outcomeOf(child))
    for (const child of children) await untilWatching(child)
    const path = arrive()
    for (const outcome of await Promise.all(ended)) expect(outcome.stdout).toBe(`${path}\n`)
  })

  it('waits for the first inbox where there is none', async () => {
    rmSync(join(home.path, 'projects'), { recursive: true })
    const ended = once('--timeout', '100')
    const path = arrive()
    expect(await ended).toMatchObject({ exitCode: 0, stdout: `${path}\n` })
  })

  itLong('takes a project that comes with its mail for one in which mail waits', async () => {
    const path = arrive(FIRST, {}, 'moved')
    renameSync(join(home.path, 'projects/moved'), join(home.path, 'elsewhere'))
    const child = home.start('watch', ['--once'])
    const ended = outcomeOf(child)
    await untilWatching(child)
    renameSync(join(home.path, 'elsewhere'), join(home.path, 'projects/moved'))
    expect((await ended).stdout).toBe(`${path}\n`)
  })

  it.each(
    sample(
      [
        ['nothing at all', () => undefined],
        ['a hidden file', () => arrive('.tmp.x.org')],
        ['a signature', () => arrive(`${FIRST}.asc`)],
        ['a release', () => arrive(FIRST, { MESSAGE_TYPE: 'release' })],
        [
          'a message that is done',
          () => {
            const path = arrive(FIRST)
            mkdirSync(join(home.inbox('bob'), 'done'))
            renameSync(path, join(home.inbox('bob'), 'done', FIRST))
          },
        ],
      ],
      2,
    ),
  )('does not count %s; ends with 124 when the time is up', async (_, make) => {
    make()
    expect(await once('--timeout', '0.2')).toEqual({ exitCode: 124, signal: null, stdout: '', stderr: '' })
  })

  it('--timeout 0 looks and does not wait', async () => {
    expect((await once('--timeout', '0')).exitCode).toBe(124)
    const path = arrive()
    expect(await once('--timeout', '0')).toMatchObject({ exitCode: 0, stdout: `${path}\n` })
  })

  it('--new counts only what comes after the start', async () => {
    arrive()
    const child = home.start('watch', ['--once', '--new'])
    const ended = outcomeOf(child)
    await untilWatching(child)
    const path = arrive(SECOND)
    expect(await ended).toMatchObject({ exitCode: 0, stdout: `${path}\n` })
  })

  it('B52 --new counts a message that gets the name of one that waited at the start', async () => {
    const path = arrive()
    const child = home.start('watch', ['--once', '--new'])
    const ended = outcomeOf(child)
    await untilWatching(child)
    rmSync(path)
    arrive(FIRST, { TITLE: 'another' })
    expect(await ended).toMatchObject({ exitCode: 0, stdout: `${path}\n` })
  })

  it('--here and --project look into one project', async () => {
    arrive(FIRST)
    const path = arrive(SECOND, {}, 'carol')
    expect((await inProject('carol', '--here')).stdout).toBe(`${path}\n`)
    expect((await once('--project', 'carol')).stdout).toBe(`${path}\n`)
    const glob = join(home.path, 'projects/c*/inbox/from-agents/')
    expect((await once('--projects-glob', glob)).stdout).toBe(`${path}\n`)
  })

  it('--here waits in a project that has no inbox yet', async () => {
    mkdirSync(join(home.path, 'projects/dora'))
    const ended = inProject('dora', '--here', '--timeout', '100')
    const path = arrive(FIRST, {}, 'dora')
    expect((await ended).stdout).toBe(`${path}\n`)
  })

  it('names the nearest of a project that is not there', async () => {
    const { exitCode, stdout, stderr } = await once('--project', 'bobb')
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toContain('no such project on this machine: bobb')
    expect(stderr).toContain('bob')
  })

  it('--json prints path, project and header on one line', async () => {
    const path = arrive(FIRST, { TITLE: 'Käse "x"' })
    const { stdout } = await once('--json')
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
    expect(JSON.parse(stdout)).toEqual({
      path,
      project: 'bob',
      header: {
        TITLE: 'Käse "x"',
        CONVERSATION_ID: 'talk',
        MESSAGE_TYPE: 'request',
        SEQUENCE: '1',
        TIMESTAMP: '2026-04-27T04:11:42-05:00',
        PROTOCOL_VERSION: '5',
      },
    })
  })

  it('--json has a message whose header cannot be read', async () => {
    writeFileSync(join(home.inbox('bob'), FIRST), Buffer.from([0xff, 0xfe, 0x0a]))
    expect(JSON.parse((await once('--json')).stdout)).toMatchObject({ project: 'bob', header: null })
  })

  it('B44 a name forges no line', async () => {
    arrive('a\nb.org')
    expect((await once()).stdout).toBe(`$'${home.inbox('bob')}/a\\012b.org'\n`)
  })

  it('C5 B37 ends with 5 under HALT, also one that comes while it waits', async () => {
    arrive()
    const halt = home.write('.config/cross-agent-comms/HALT', 'enough')
    const halted = { exitCode: 5, stdout: '', stderr: expect.stringContaining('halt active: enough') }
    expect(await once()).toMatchObject(halted)
    rmSync(halt)
    rmSync(join(home.inbox('bob'), FIRST))
    const child = home.start('watch', ['--once'])
    const ended = outcomeOf(child)
    await untilWatching(child)
    home.write('.config/cross-agent-comms/HALT', 'enough')
    arrive()
    expect(await ended).toMatchObject(halted)
  })

  it.each(
    sample(
      [
        [['--once', '--timeout', 'soon'], '--timeout needs a number of seconds, not soon'],
        [['--once', '--timeout', '-1'], '--timeout needs a number of seconds, not -1'],
        [['--once', '--timeout'], '--timeout needs a value'],
        [['--timeout', '1'], '--timeout needs --once'],
        [['--json'], '--json needs --once'],
        [['--here'], '--here, --project and --new need --once or --exec'],
        [['--once', '--here', '--project', 'bob'], '--here and --project exclude each other'],
        [['--once', '--exec', 'true'], '--once and --exec exclude each other'],
        [['--exec'], '--exec needs a value'],
        [['--once', '--time', '1'], 'unknown flag: --time'],
      ],
      2,
    ),
  )('%s ends with 1: %s', async (args, problem) => {
    const { exitCode, stdout, stderr } = await home.run('watch', args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr.split('\n')[0]).toBe(problem)
  })
})
