import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf, root } from '../../scripts/project.mjs'
import { sign } from '../support/inbox'
import { itLong } from '../support/long'
import type { Machine } from '../support/machines'
import { messageText } from '../support/message'
import { sharedFleet } from '../support/own-home'

const fleet = sharedFleet(['velox', 'elm'], 143)
const { home } = fleet
const velox = fleet.machine('velox')
const elm = fleet.machine('elm')
const mill = join(home.path, 'projects/mill')
const options = { cwd: mill }

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const machine of [velox, elm]) mkdirSync(machine.home.inbox('bob'), { recursive: true })
  mkdirSync(home.inbox('mill'), { recursive: true })
  mkdirSync(home.inbox('bakery'), { recursive: true })
})
afterEach(() => {
  for (const { path } of [home, velox.home, elm.home])
    for (const folder of ['projects', '.local', 'elsewhere', 'programs'])
      if (path !== home.path || folder !== 'programs')
        rmSync(join(path, folder), { recursive: true, force: true })
})

/** Less a second: the times of messages are in whole seconds. */
const BEGUN = Date.now() - 1000
const TIMES = ['2026-04-27T04:00:00Z', '2026-04-27T05:00:00Z', '2026-04-27T06:00:00Z']
const text = (conversation: string, fields: Record<string, string> = {}) =>
  messageText({ CONVERSATION_ID: conversation, TIMESTAMP: TIMES[1], ...fields })
const nameOf = (conversation: string, sender = 'mill', second = '00') =>
  `20260427T0500${second}Z-from-${sender}-${conversation}.org`

/** Puts a message into an inbox, as any sender would. */
function put(
  machine: Pick<Machine, 'home'>,
  project: string,
  conversation: string,
  fields = {},
  sender = 'mill',
  second = '00',
) {
  const path = join(machine.home.inbox(project), nameOf(conversation, sender, second))
  writeFileSync(path, text(conversation, fields))
  return path
}

const shown = async (...args: string[]) => {
  const run = await home.run('status', ['--sent', '--json', ...args], options)
  expect(run, run.stderr).toMatchObject({ exitCode: 0, stderr: '' })
  return JSON.parse(run.stdout)
}
/** Of several messages of one conversation that of the first. */
const stages = async (...args: string[]) => {
  const { sent } = await shown(...args)
  return Object.fromEntries(
    sent
      .reverse()
      .map(({ to, conversation_id, stage }: Record<string, string>) => [`${to} ${conversation_id}`, stage]),
  )
}

describe('C18 status --sent', () => {
  it('what was sent, and what became of it, here and on peers', async () => {
    for (const [machine, project, label] of [
      [velox, 'bob', 'velox.bob'],
      [{ home }, 'bakery', `${home.machine}.bakery`],
    ] as const) {
      put(machine, project, 'waiting')
      const released = [
        put(machine, project, 'released'),
        put(machine, project, 'released', { MESSAGE_TYPE: 'release', TIMESTAMP: TIMES[2] }, 'mill', '09'),
      ]
      // Here a release counts if recv would process it; on a peer nobody can tell.
      if (machine.home === home) for (const path of released) await sign(home, path)
      put(machine, project, 'of-a-stranger')
      put(machine, project, 'of-a-stranger', { MESSAGE_TYPE: 'release', TIMESTAMP: TIMES[2] }, 'other', '09')
      put(machine, project, 'not-yet-released')
      put(
        machine,
        project,
        'not-yet-released',
        { MESSAGE_TYPE: 'release', TIMESTAMP: TIMES[0] },
        'mill',
        '09',
      )
      put(machine, project, 'answered')
      put({ home }, 'mill', 'answered', { TIMESTAMP: TIMES[2], SEQUENCE: '2' }, project, '30')
      put(machine, project, 'answered-by-name')
      put({ home }, 'mill', 'answered-by-name', { IN_REPLY_TO: nameOf('answered-by-name') }, project, '30')
      put(machine, project, 'not-answered')
      put(
        { home },
        'mill',
        'not-answered',
        { IN_REPLY_TO: 'another.org', TIMESTAMP: TIMES[2] },
        project,
        '30',
      )
      const path = put(machine, project, 'finished')
      const env = { HOME: machine.home.path }
      expect(await home.run('recv', ['--done', path], { env })).toMatchObject({ exitCode: 0 })
      put(machine, project, 'of-another', {}, 'mill-2')
      put(machine, project, 'x', {}, 'mills')
      expect(await stages()).toMatchObject({
        [`${label} waiting`]: 'waits',
        [`${label} released`]: 'released',
        [`${label} of-a-stranger`]: 'waits',
        [`${label} not-yet-released`]: 'waits',
        [`${label} answered`]: 'answered',
        [`${label} answered-by-name`]: 'answered',
        [`${label} not-answered`]: 'waits',
        [`${label} finished`]: 'done',
      })
      expect(Object.keys(await stages()).filter((key) => key.startsWith(label))).toHaveLength(8)
    }
    const { sent, ...others } = await shown('finished')
    expect(others).toMatchObject({ project: 'mill', conversation_id: 'finished', not_there: false })
    expect(sent).toHaveLength(2)
    for (const { since } of sent) {
      expect(Date.parse(since)).toBeGreaterThanOrEqual(BEGUN)
      expect(Date.parse(since)).toBeLessThanOrEqual(Date.now())
    }
    expect((await shown('waiting')).sent[0]).toMatchObject({
      filename: nameOf('waiting'),
      sequence: '1',
      title: 'A question',
      since: '2026-04-27T05:00:00+00:00',
    })
    expect((await shown('released')).sent[0].since).toBe('2026-04-27T06:00:00+00:00')
    expect((await shown('answered')).sent[0].since).toBe('2026-04-27T05:00:30+00:00')
  })

  itLong('what is really sent: waits there; kept here while the peer is down; peer not reached', async () => {
    const send = (to: string, ...args: string[]) =>
      home.run('send', [to, '-m', 'Three sacks.', '--conversation', to, '--retries', '0', ...args], options)
    expect(await send('velox.bob')).toMatchObject({ exitCode: 0 })
    expect(await send('bakery')).toMatchObject({ exitCode: 0 })
    elm.stop()
    expect(await send('elm.bob')).toMatchObject({ exitCode: 3 })
    const { sent, peers_not_reached } = await shown()
    const table = await home.run('status', ['--sent'], options)
    elm.start()
    expect(sent.map(({ to, stage }: Record<string, string>) => `${to} ${stage}`).sort()).toEqual(
      ['elm.bob kept here', 'velox.bob waits', `${home.machine}.bakery waits`].sort(),
    )
    expect(peers_not_reached).toMatchObject([{ name: 'elm', error: expect.stringContaining('refused') }])
    expect(table.stdout).toMatch(/^to +stage +since +message\n/)
    expect(table.stdout).toMatch(/^velox\.bob +waits +\d+s ago +velox\.bob #1 Three sacks\.$/m)
    expect(table.stdout).toMatch(/^elm\.bob +kept here +\d+s ago +elm\.bob #1 Three sacks\.$/m)
    expect(table.stdout).toMatch(/^⚠ peer not reached: elm \(elm\): .*refused/m)
  })

  it('B52 has a row for each message, though several had one name; one for a message that is just being moved', async () => {
    const env = { HOME: home.path }
    for (const title of ['first', 'second']) {
      const path = put({ home }, 'bakery', 'flour', { TITLE: title })
      expect(await home.run('recv', ['--done', path], { env })).toMatchObject({ exitCode: 0 })
    }
    put({ home }, 'bakery', 'flour', { TITLE: 'third' })
    const moved = put({ home }, 'bakery', 'rye')
    mkdirSync(join(home.inbox('bakery'), 'done'), { recursive: true })
    writeFileSync(join(home.inbox('bakery'), 'done', nameOf('rye')), readFileSync(moved))
    put(velox, 'bob', 'oats', { TITLE: 'before' })
    const finished = join(velox.home.inbox('bob'), 'done')
    mkdirSync(finished)
    renameSync(join(velox.home.inbox('bob'), nameOf('oats')), join(finished, nameOf('oats')))
    put(velox, 'bob', 'oats', { TITLE: 'after' })
    const rows = (await shown()).sent.map(({ title, stage }: Record<string, string>) => `${title}: ${stage}`)
    expect(rows.sort()).toEqual(
      [
        'A question: done',
        'after: waits',
        'before: done',
        'first: done',
        'second: done',
        'third: waits',
      ].sort(),
    )
  })

  itLong('one conversation; not there only where every peer was reached', async () => {
    put(velox, 'bob', 'sacks')
    put(velox, 'bob', 'bread')
    expect(await stages('sacks')).toEqual({ 'velox.bob sacks': 'waits' })
    expect(await shown('gone')).toMatchObject({ sent: [], not_there: true })
    expect((await home.run('status', ['--sent', 'gone'], options)).stdout).toBe(
      'not there: nothing of gone from mill lies in any inbox\n',
    )
    elm.stop()
    const unsure = await shown('gone')
    elm.start()
    expect(unsure).toMatchObject({ not_there: false, peers_not_reached: [{ name: 'elm' }] })
  })

  itLong('what was answered by name is known also where it lies nowhere, or nobody is reached', async () => {
    velox.stop()
    const answer = { IN_REPLY_TO: nameOf('sacks'), FROM: 'velox.bob' }
    put({ home }, 'mill', 'sacks', answer, 'bob', '30')
    // Not ours.
    put({ home }, 'mill', 'bread', { IN_REPLY_TO: nameOf('bread', 'shop') }, 'bob', '31')
    const found = await stages()
    const table = await home.run('status', ['--sent', 'sacks'], options)
    velox.start()
    expect(found).toEqual({ 'velox.bob sacks': 'answered' })
    expect(table.stdout).toMatch(/^velox\.bob +answered +\d+ day\(s\) ago +sacks #\?$/m)
  })

  const HOURS = 60 * 60 * 1000
  /** The environment of a command whose clock is ahead. */
  const ahead = (time: number) => ({
    CLOCK_OFF_BY: home.write('clock', String(time)),
    NODE_OPTIONS: `--import=${root}/test/support/clock.mjs`,
  })
  const both = () => [
    { machine: velox, project: 'bob', to: 'velox.bob' },
    { machine: { home }, project: 'bakery', to: `${home.machine}.bakery` },
  ]
  /** Takes the first message there, in a session that lives as long as this process, or else only for a moment. */
  const take = ({ machine, project }: ReturnType<typeof both>[number], isShort = false) => {
    const line = [process.execPath, binOf('recv'), '--next', '--take', '--project', project]
    const words = isShort ? ['perl', '-e', 'exit(system(@ARGV) >> 8)', ...line] : line
    return home.exec(words[0] ?? '', words.slice(1), { env: { HOME: machine.home.path } })
  }

  itLong('C21 who has taken it, here and on peers, unless the session is gone', async () => {
    for (const there of both()) {
      await sign(home, put(there.machine, there.project, 'sacks'))
      expect(await take(there, true)).toMatchObject({ exitCode: 0 })
      expect(await stages()).toMatchObject({ [`${there.to} sacks`]: 'waits' })
      expect(await take(there)).toMatchObject({ exitCode: 0 })
      const { sent } = await shown()
      const found = sent.find(({ to }: { to: string }) => to === there.to)
      expect(found).toMatchObject({ stage: 'taken', taken: { by: String(process.pid) } })
      expect(Date.parse(found.taken.until)).toBeGreaterThan(Date.now())
      expect((await home.run('status', ['--sent'], options)).stdout).toContain(`taken by ${process.pid}`)
    }
  })

  itLong(
    'C18 says where messages have waited for more than six hours and nobody has taken anything since',
    async () => {
      for (const there of both()) {
        for (const conversation of ['oats', 'rye'])
          await sign(home, put(there.machine, there.project, conversation))
      }
      const at = async (time: number) => {
        const env = ahead(time)
        const { stdout } = await home.run('status', ['--sent'], { ...options, env })
        const { sent } = JSON.parse(
          (await home.run('status', ['--sent', '--json'], { ...options, env })).stdout,
        )
        const marked = sent.filter(({ unattended }: { unattended?: boolean }) => unattended)
        return { lines: stdout.split('\n').filter((line) => line.startsWith('⚠')), marked: marked.length }
      }
      const line = (to: string, time: string) =>
        `⚠ 2 messages have waited in ${to} for up to ${time}, and nobody has taken anything there since`
      expect(await at(5 * HOURS)).toEqual({ lines: [], marked: 0 })
      const all = both().map(({ to }) => to)
      expect((await at(7 * HOURS)).lines.sort()).toEqual(all.map((to) => line(to, '7 hours')).sort())
      expect(await at(72 * HOURS)).toMatchObject({
        marked: 4,
        lines: expect.arrayContaining([line(all[0] ?? '', '3 days')]),
      })
      // Whoever takes one message is there: also for the other one, and when the take is over.
      for (const [at_, there] of both().entries()) {
        expect(await take(there)).toMatchObject({ exitCode: 0 })
        expect((await at(30 * HOURS)).marked).toBe(2 - 2 * at_)
      }
      // A take is a trace for a day, finishing stays one.
      const taken = readdirSync(home.inbox('bakery')).filter((name) => name.endsWith('-oats.org'))
      const done = await home.run('recv', ['--done', join(home.inbox('bakery'), taken[0] ?? '')])
      expect(done).toMatchObject({ exitCode: 0 })
      expect(await at(72 * HOURS)).toEqual({ lines: [], marked: 0 })
    },
  )

  it('of another project, and in an inbox of another place', async () => {
    const peers = join(home.path, '.config/cross-agent-comms/peers.toml')
    const before = readFileSync(peers, 'utf8')
    writeFileSync(peers, `${before}\n[projects.shop]\ninbox_path = "~/else where/it's"\n`)
    const folder = join(velox.home.path, "else where/it's")
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, nameOf('sacks', 'bakery')), text('sacks'))
    const found = await stages('--project', 'bakery')
    writeFileSync(peers, before)
    rmSync(folder, { recursive: true })
    expect(found).toEqual({ 'velox.shop sacks': 'waits' })
  })

  it('B44 what a peer holds forges nothing', async () => {
    put(velox, 'bob', 'sacks', { TITLE: 'a\x1b[31m\u202eb\tc' })
    const inbox = velox.home.inbox('bob')
    writeFileSync(join(inbox, `x\nelm.bob  waits\ncross-agent 2000000 end\n${nameOf('y')}`), text('y'))
    writeFileSync(join(inbox, nameOf('$(touch pwned)`id`')), text('$(touch pwned)`id`'))
    writeFileSync(join(inbox, nameOf('blank')), '')
    writeFileSync(join(inbox, nameOf('huge')), `#+CONVERSATION_ID: huge\n#+TITLE: ${'t'.repeat(3_000_000)}\n`)
    mkdirSync(join(velox.home.path, "projects/od'd $(id)\x1b[2J/inbox/from-agents"), { recursive: true })
    writeFileSync(
      join(velox.home.path, "projects/od'd $(id)\x1b[2J/inbox/from-agents", nameOf('odd')),
      text('odd'),
    )
    const table = await home.run('status', ['--sent'], options)
    expect(table).toMatchObject({ exitCode: 0, stderr: '' })
    expect(table.stdout).not.toMatch(/[\x1b\u202e\t]/)
    expect(table.stdout.split('\n').filter((line) => line.startsWith('elm'))).toEqual([])
    const found = await stages()
    expect(found).toMatchObject({
      'velox.bob sacks': 'waits',
      'velox.bob $(touch pwned)`id`': 'waits',
      "velox.od'd $(id)\x1b[2J odd": 'waits',
    })
    expect(readdirSync(inbox)).not.toContain('pwned')
    expect(table.stdout.length).toBeLessThan(10_000)
  })

  itLong('a peer that answers anything else is not reached', async () => {
    put(velox, 'bob', 'sacks')
    const bashrc = join(velox.home.path, '.bashrc')
    for (const [text, problem] of [
      ['exit 0\n', /^its answer is not complete$/],
      ['echo "cross-agent 2000000 inbox usual x"; exit 0\n', /^its answer is not complete$/],
      // On a slow machine its time is up before all of it has come.
      ['yes | head -c 40000000; exit 0\n', /^its answer is not complete$|^no answer in time$/],
      ['exit 7\n', /^exit 7$/],
    ] as const) {
      writeFileSync(bashrc, text)
      const { sent, peers_not_reached } = await shown()
      rmSync(bashrc)
      expect(sent).toEqual([])
      expect(peers_not_reached).toMatchObject([{ name: 'velox', error: expect.stringMatching(problem) }])
    }
  })

  itLong('goes with no other way to show, and its word with nothing else', async () => {
    for (const args of [
      ['--sent', '--messages'],
      ['--sent', '--quiet'],
      ['--sent', '--exit-code'],
      ['--sent', '--projects-glob', 'x'],
      ['--sent', 'a', 'b'],
      ['a'],
    ])
      expect((await home.run('status', args, options)).exitCode, args.join(' ')).toBe(2)
    expect((await home.run('status', [], options)).exitCode).toBe(0)
  })

  itLong('is shown under HALT, below the banner', async () => {
    put(velox, 'bob', 'sacks')
    const halt = home.write('.config/cross-agent-comms/HALT', 'stop it\n')
    const table = await home.run('status', ['--sent'], options)
    const { halt_active } = JSON.parse((await home.run('status', ['--sent', '--json'], options)).stdout)
    rmSync(halt)
    expect(table.stdout).toMatch(/HALT[\s\S]*velox\.bob +waits/)
    expect(halt_active).toBe(true)
  })
})

const reference = process.env.CROSS_AGENT_REFERENCE

describe.skipIf(reference === undefined)('in one fleet with the scripts (CROSS_AGENT_REFERENCE)', () => {
  const script = (command: string, args: readonly string[], path = home.path) =>
    home.exec('/usr/bin/python3', [join(reference ?? '', `cross-agent-${command}`), ...args], {
      cwd: mill,
      env: { HOME: path },
    })
  const send = (by: 'script' | 'ours', conversation: string) => {
    const args = ['velox.bob', home.write('message.org', messageText({ CONVERSATION_ID: conversation }))]
    return by === 'script'
      ? script('send', [...args, '--retries', '0'])
      : home.run('send', [...args, '--retries', '0'], options)
  }

  itLong(
    'C18 what a script sent is found, and a release and an answer of a script are understood',
    async () => {
      for (const conversation of ['waiting', 'released', 'answered'])
        expect(await send('script', conversation)).toMatchObject({ exitCode: 0 })
      const there = (name: string, conversation: string, fields: Record<string, string>) =>
        velox.home.write(name, messageText({ CONVERSATION_ID: conversation, ...fields }))
      const release = there('release.org', 'released', { MESSAGE_TYPE: 'release', SEQUENCE: '2' })
      // Only what comes from the same sender counts (B51).
      const sender = join(velox.home.path, 'projects/mill')
      mkdirSync(sender, { recursive: true })
      const released = await home.exec(
        '/usr/bin/python3',
        [join(reference ?? '', 'cross-agent-send'), 'local.bob', release, '--no-sign'],
        { cwd: sender, env: { HOME: velox.home.path } },
      )
      expect(released).toMatchObject({ exitCode: 0 })
      put({ home }, 'mill', 'answered', { TIMESTAMP: '2026-04-28T04:00:00Z', SEQUENCE: '2' }, 'bob', '30')
      expect(await stages()).toEqual({
        'velox.bob waiting': 'waits',
        'velox.bob released': 'released',
        'velox.bob answered': 'answered',
      })
    },
  )

  itLong('C2 what is kept here is processed by a receiver that runs the scripts', async () => {
    velox.stop()
    expect(await send('ours', 'kept')).toMatchObject({ exitCode: 3 })
    velox.start()
    expect(await home.run('send', ['--retry-failed'], options)).toMatchObject({ exitCode: 0 })
    const inbox = velox.home.inbox('bob')
    const name = readdirSync(inbox).find((entry) => entry.endsWith('.org')) ?? ''
    expect(await script('recv', [join(inbox, name)], velox.home.path)).toMatchObject({ exitCode: 0 })
    expect(await script('status', [], velox.home.path)).toMatchObject({
      stdout: expect.stringMatching(/^bob +1 /m),
    })
  })

  itLong('C2 the note of a script is left alone', async () => {
    velox.stop()
    expect(await send('script', 'noted')).toMatchObject({ exitCode: 3 })
    expect(await home.run('send', ['--retry-failed'], options)).toMatchObject({ exitCode: 0 })
    expect(await send('ours', 'kept')).toMatchObject({ exitCode: 3 })
    velox.start()
    expect(await home.run('send', ['--retry-failed'], options)).toMatchObject({ exitCode: 0 })
    expect(readdirSync(join(home.path, '.local/state/cross-agent-comms/failed-sends'))).toHaveLength(1)
  })
})
