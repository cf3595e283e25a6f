import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it } from '../support/own-home'

beforeEach(() => {
  for (const project of ['bob', 'carol']) mkdirSync(home.inbox(project), { recursive: true })
})

const FIRST = '20260101T000000Z-from-alice-talk.org'
const SECOND = '20260102T000000Z-from-alice-talk.org'
const arrive = (project: string, name = FIRST, fields: Record<string, string> = {}) =>
  home.write(`projects/${project}/inbox/from-agents/${name}`, messageText(fields))
const status = (args: string[], project?: string) =>
  home.run('status', args, project === undefined ? {} : { cwd: join(home.path, 'projects', project) })
const QUIET = ['--here', '--quiet', '--exit-code']

describe('C15 the gate', () => {
  it('says by its exit code alone whether mail waits for the project of the working folder', async () => {
    expect(await status(QUIET, 'bob')).toEqual({ exitCode: 0, signal: null, stdout: '', stderr: '' })
    arrive('carol')
    expect((await status(QUIET, 'bob')).exitCode).toBe(0)
    expect(await status(QUIET, 'carol')).toEqual({ exitCode: 3, signal: null, stdout: '', stderr: '' })
    rmSync(join(home.inbox('carol'), FIRST))
    arrive('carol', SECOND, { MESSAGE_TYPE: 'release' })
    expect((await status(QUIET, 'carol')).exitCode).toBe(0)
  })

  it('holds in a folder below the project, and in a project without an inbox', async () => {
    arrive('bob')
    mkdirSync(join(home.path, 'projects/bob/src/deep'), { recursive: true })
    expect((await status(QUIET, 'bob/src/deep')).exitCode).toBe(3)
    mkdirSync(join(home.path, 'projects/new'))
    expect((await status(QUIET, 'new')).exitCode).toBe(0)
  })

  it('without a project looks at all of them; without --exit-code it is 0', async () => {
    expect((await status(['--quiet', '--exit-code'])).exitCode).toBe(0)
    arrive('carol')
    expect((await status(['--quiet', '--exit-code'])).exitCode).toBe(3)
    expect((await status(['--quiet'])).exitCode).toBe(0)
  })

  it('stops what asks while halted', async () => {
    arrive('bob')
    home.write('.config/cross-agent-comms/HALT', 'enough')
    expect(await status(QUIET, 'bob')).toMatchObject({
      exitCode: 5,
      stdout: '',
      stderr: expect.stringContaining('reason: enough'),
    })
  })

  it('--here and --project show one row', async () => {
    arrive('bob')
    arrive('carol')
    for (const [args, cwd] of [[['--here'], 'carol'] as const, [['--project', 'carol']] as const]) {
      const { exitCode, stdout } = await status([...args], cwd)
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^project\s+pending\s+most-recent\ncarol\s+1\s+20260101T\S+ \(\d+s ago\)\n$/)
    }
    const { stdout } = await status(['--json', '--project', 'carol'])
    expect(JSON.parse(stdout).projects).toHaveLength(1)
  })

  it.each(
    sample(
      [
        [['--project', 'carl'], 'no such project on this machine: carl', 'carol'],
        [['--sent', '--project', 'carl'], 'no such project on this machine: carl', 'carol'],
        [['--here'], 'the working folder is not in a project', '--project'],
        [['--here', '--project', 'bob'], 'argument --project: not allowed with argument --here', '--help'],
        [['--here', '--projects-glob', '/x'], 'argument --projects-glob: not allowed with', '--help'],
      ],
      2,
    ),
  )('%s ends with 2 (B71)', async (args, problem, hint) => {
    const { exitCode, stdout, stderr } = await status(args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(problem)
    expect(stderr).toContain(hint)
  })
})

describe('C15 one line for a status line', () => {
  const said = (stdout: string) => ({ exitCode: 0, signal: null, stdout, stderr: '' })

  it('counts what waits and what lies aside, and is nothing otherwise', async () => {
    const line = () => status(['--here', '--line'], 'bob')
    expect(await line()).toEqual(said(''))
    arrive('carol')
    expect(await line()).toEqual(said(''))
    arrive('bob', SECOND, { TITLE: 'a\x1b[31m' })
    const path = arrive('bob')
    expect(await line()).toEqual(said('2 mail\n'))
    expect((await home.run('recv', ['--aside', path])).exitCode).toBe(0)
    expect(await line()).toEqual(said('1 mail, 1 aside\n'))
    expect(await status(['--line'])).toEqual(said('2 mail, 1 aside\n'))
    expect((await status(['--line', '--exit-code', '--project', 'carol'])).exitCode).toBe(3)
    rmSync(join(home.inbox('bob'), SECOND))
    expect(await line()).toEqual(said('1 aside\n'))
  })

  it('says itself that everything is halted, even where nothing waits', async () => {
    home.write('.config/cross-agent-comms/HALT', 'enough\n')
    expect(await status(['--here', '--line'], 'bob')).toEqual(said('halted\n'))
    arrive('bob')
    expect(await status(['--here', '--line', '--exit-code'], 'bob')).toEqual({
      ...said('halted, 1 mail\n'),
      exitCode: 5,
    })
  })
})

describe('B59 one notion of what waits', () => {
  it.each(
    sample(
      [
        ['a link of an editor', (path: string) => symlinkSync('me@host.1', path), '.#m.org'],
        ['a hidden file', (path: string) => writeFileSync(path, messageText()), '.m.org'],
        ['a link that leads nowhere', (path: string) => symlinkSync('nowhere', path), 'm.org'],
        ['a folder', (path: string) => mkdirSync(path), 'm.org'],
      ],
      2,
    ),
  )('of %s nothing waits, but in the plain table', async (_, make, name) => {
    make(join(home.inbox('bob'), name))
    expect((await status(QUIET, 'bob')).exitCode).toBe(0)
    expect((await status(['--exit-code', '--messages'])).exitCode).toBe(0)
    expect((await status(['--here'], 'bob')).stdout).toMatch(/^bob +0 +—$/m)
    expect((await status([])).stdout).toMatch(/^bob +1 /m)
  })
})

describe('C15 status --messages', () => {
  it('lists what waits, at most 80 columns wide but for paths', async () => {
    const paths = [
      arrive('bob', FIRST),
      arrive('bob', SECOND, { TITLE: 'x'.repeat(200), FROM: 'mill.alice' }),
    ]
    arrive('carol', FIRST, { MESSAGE_TYPE: 'release' })
    const { stdout } = await status(['--messages'])
    const list = stdout.split('\n').slice(3)
    expect(list).toEqual([
      '',
      'waiting, not verified yet (read with: cross-agent-recv --show FILE)',
      expect.stringMatching(/^bob: request 1 from alice, \d+s ago: A question$/),
      `  ${paths[0]}`,
      expect.stringMatching(/^bob: request 1 from mill\.alice, \d+s ago: x+…$/),
      `  ${paths[1]}`,
      '',
    ])
    expect(list[4]).toHaveLength(80)
  })

  it('adds nothing where nothing waits', async () => {
    expect((await status(['--messages'])).stdout).toBe((await status([])).stdout)
  })

  it('B44 what headers and names say forges no line', async () => {
    arrive('bob', 'a\nb.org', { TITLE: 'x\u202ey\x1b[2J', MESSAGE_TYPE: 'request\u202e' })
    const { stdout } = await status(['--messages', '--here'], 'bob')
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\u2028\u202e]/)
    expect(stdout.split('\n')).toHaveLength(7)
  })

  it('--json adds the messages to each project', async () => {
    const path = arrive('bob', FIRST, { FROM: 'mill.alice' })
    home.write(`projects/bob/inbox/from-agents/broken.org`, 'no header')
    const { stdout } = await status(['--messages', '--json', '--project', 'bob'])
    expect(JSON.parse(stdout).projects[0].messages).toEqual([
      {
        path,
        from: 'mill.alice',
        message_type: 'request',
        conversation_id: 'talk',
        sequence: '1',
        timestamp: '2026-04-27T04:11:42-05:00',
        title: 'A question',
        age_seconds: expect.any(Number),
      },
      expect.objectContaining({ path: join(home.inbox('bob'), 'broken.org'), from: null, title: null }),
    ])
    rmSync(path)
    expect(JSON.parse((await status(['--json'])).stdout).projects[0]).not.toHaveProperty('messages')
  })
})
