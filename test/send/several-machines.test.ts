import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { outcomeOf } from '../support/home'
import { itLong, sample } from '../support/long'
import { sharedFleet } from '../support/own-home'
import { until } from '../support/until'

const fleet = sharedFleet(['velox', 'elm'], 197)
const { home } = fleet
const velox = fleet.machine('velox')
const elm = fleet.machine('elm')
const state = join(home.path, '.local/state/cross-agent-comms')
const outbox = join(state, 'outbox')
const halt = join(home.path, '.config/cross-agent-comms/HALT')
const realSsh = `exec /usr/bin/ssh -F "${join(home.path, 'ssh_config')}" "$@"`
const hangs = join(home.path, 'hangs')
const temp = join(home.path, 't')

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const folder of [
    home.inbox('mill'),
    home.inbox('bob'),
    velox.home.inbox('bob'),
    elm.home.inbox('bob'),
  ])
    mkdirSync(folder, { recursive: true })
  mkdirSync(hangs)
  mkdirSync(temp)
})
afterEach(() => {
  home.stub('ssh', realSsh)
  for (const folder of [home.path, velox.home.path, elm.home.path])
    rmSync(join(folder, 'projects'), { recursive: true, force: true })
  for (const path of [state, halt, hangs, temp]) rmSync(path, { recursive: true, force: true })
})

const options = { cwd: join(home.path, 'projects/mill'), env: { TMPDIR: temp } }
const all = 'local.bob,velox.bob,elm.bob'
const send = (...args: string[]) => home.run('send', [...args, '-m', 'Three sacks.'], options)
const retry = () => home.run('send', ['--retry-failed'], options)
const names = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : [])
const messagesOf = (place: typeof home) =>
  names(place.inbox('bob'))
    .filter((name) => name.endsWith('.org'))
    .map((name) => readFileSync(join(place.inbox('bob'), name), 'utf8'))
const counts = () => [home, velox.home, elm.home].map((place) => messagesOf(place).length)
const lines = (text: string) => text.split('\n').slice(0, -1)

/** Each connection hangs from now on, and says so by a file named after its machine. `ssh -G` makes none. */
function hangSsh(): void {
  const word = 'case "$*" in *velox*) m=velox ;; *) m=elm ;; esac'
  home.stub('ssh', `${word}; case "$*" in -G*) ;; *) : > "${hangs}/$m"; exec sleep 600 ;; esac; ${realSsh}`)
}

describe('C29 several machines', () => {
  it('C29 each gets a message with its own TO and a good signature', async () => {
    const sent = await send(all)
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    expect(lines(sent.stdout)).toHaveLength(3)
    expect(sent.stdout).toMatch(/^sent: \/.*\nsent: root@(velox|elm):.*\nsent: root@(velox|elm):/)
    for (const [place, machine] of [
      [home, home.machine],
      [velox.home, 'velox'],
      [elm.home, 'elm'],
    ] as const) {
      expect(messagesOf(place)).toHaveLength(1)
      expect(messagesOf(place)[0]).toContain(`#+TO: ${machine}.bob\n`)
      const [message = '', signature = ''] = names(place.inbox('bob')).map((name) =>
        join(place.inbox('bob'), name),
      )
      expect(await home.exec('gpg', ['--verify', signature, message])).toMatchObject({ exitCode: 0 })
    }
    expect(names(outbox)).toEqual([])
  })

  const orders: [string, number][] = [
    ['local.bob,velox.bob,elm.bob', 3],
    ['velox.bob,local.odd,elm.bob', 3],
    ['local.odd,velox.bob,elm.bob', 1],
  ]
  it.each(sample(orders, 1))(
    'C29 %s: one that fails keeps no other back; one line each',
    async (list, exitCode) => {
      mkdirSync(join(home.path, 'projects/odd/inbox'), { recursive: true })
      home.write('projects/odd/inbox/from-agents', 'a file')
      velox.stop()
      const sent = await send(list, '--retries', '0')
      velox.start()
      expect(sent.exitCode, sent.stderr).toBe(exitCode)
      expect(sent.stdout).toContain('sent: root@elm:')
      expect(lines(sent.stdout).length + lines(sent.stderr).length).toBe(3)
      const [entry = ''] = names(outbox)
      expect(lines(sent.stderr).at(-1)).toMatch(
        new RegExp(
          `^kept: velox\\.bob: rsync failed after 1 attempts: .*Connection refused.*; velox: no ssh server answers there; .*; message kept: ${join(outbox, entry)}/.*; send it again with: cross-agent-send --retry-failed velox\\.bob$`,
        ),
      )
      expect(await retry()).toMatchObject({ exitCode: 0, stderr: '' })
      expect(messagesOf(velox.home)).toHaveLength(1)
      expect(messagesOf(elm.home)).toHaveLength(1)
      expect(names(outbox)).toEqual([])
    },
  )

  itLong('C29 B53 the cause is said before a wait, and nobody waits for it', async () => {
    velox.stop()
    const child = home.start('send', ['velox.bob,elm.bob,local.bob', '-m', 'Three sacks.'], options)
    const ended = outcomeOf(child)
    let said = ''
    child.stderr?.on('data', (text) => {
      said += text
    })
    await until(() => said.includes('\n') && counts().join() === '1,0,1', 'the others have theirs')
    velox.start()
    expect(said).toMatch(
      /^velox\.bob: rsync attempt 1 failed: .*; retrying in 5s; velox: no ssh server answers there.*\n$/,
    )
    expect(await ended).toMatchObject({ exitCode: 0 })
    expect(counts()).toEqual([1, 1, 1])
  })

  const ends = ['SIGKILL', 'SIGTERM', 'halt'] as const
  it.each(sample(ends, 1))('C29 B53 ended by %s while two machines are asked: both are kept', async (end) => {
    hangSsh()
    const child = home.start('send', [all, '-m', 'Three sacks.'], { ...options, detached: true })
    const ended = outcomeOf(child)
    await until(() => names(hangs).join() === 'elm,velox', 'both are asked')
    if (end === 'halt') writeFileSync(halt, 'stop it\n')
    else process.kill(-(child.pid ?? 0), end)
    const { exitCode, signal, stdout, stderr } = await ended
    expect({ exitCode, signal }).toEqual(
      end === 'halt' ? { exitCode: 5, signal: null } : { exitCode: null, signal: end },
    )
    expect(lines(stdout)).toEqual([expect.stringMatching(/^sent: .*\/projects\/bob\//)])
    if (end !== 'SIGKILL') {
      expect(lines(stderr).sort()).toEqual([
        expect.stringMatching(/^kept: elm\.bob: .*message kept: /),
        expect.stringMatching(/^kept: velox\.bob: .*message kept: /),
      ])
    }
    rmSync(halt, { force: true })
    home.stub('ssh', realSsh)
    expect(names(outbox)).toHaveLength(2)
    expect(await retry()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(counts()).toEqual([1, 1, 1])
    expect(names(outbox)).toEqual([])
  })

  itLong('C29 forty projects of one machine', async () => {
    const projects = Array.from({ length: 40 }, (_, at) => `p${at}`)
    for (const project of projects) mkdirSync(velox.home.inbox(project), { recursive: true })
    const sent = await send(projects.map((project) => `velox.${project}`).join(','))
    expect(sent.exitCode, sent.stderr).toBe(0)
    expect(lines(sent.stdout)).toHaveLength(40)
    for (const project of projects)
      expect(names(velox.home.inbox(project))).toEqual([
        expect.stringMatching(/org$/),
        expect.stringMatching(/asc$/),
      ])
  })
})
