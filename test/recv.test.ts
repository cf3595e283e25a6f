import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../scripts/project.mjs'
import { Home } from './support/home'
import { messageText } from './support/message'

let home: Home
beforeEach(() => {
  home = new Home()
})
afterEach(() => home.remove())

const put = (name: string, content: string | Uint8Array = messageText()) =>
  home.write(`projects/bob/inbox/from-agents/${name}`, content)
const recv = (path: string, ...args: string[]) => home.run('recv', [path, '--no-verify', ...args])

describe('A2', () => {
  it.each([
    ['SEQUENCE', 'one', "SEQUENCE must be an integer; got 'one'"],
    [
      'TIMESTAMP',
      '2026-04-27T04:11:42',
      "TIMESTAMP must be ISO 8601 with an explicit offset; got '2026-04-27T04:11:42'",
    ],
  ])('rejects a bad %s', async (field, value, reason) => {
    const rejected = await recv(put('m.org', messageText({ [field]: value })))
    expect(rejected).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(`^decision: reject\nreason: `),
    })
    expect(rejected.stdout).toContain(`reason: ${reason}\n`)
  })
})

describe('B1 of several copies exactly one is processed, whenever one asks', () => {
  const decisions = async (paths: string[]) => {
    const outcomes = await Promise.all(paths.map((path) => recv(path)))
    return outcomes.map((outcome) => outcome.exitCode)
  }
  it('the one with the earliest stamp', async () => {
    const paths = [
      '20260101T000000Z-from-a-talk.org',
      '20260101T000001Z-from-a-talk.org',
      '20260101T000002Z-from-a-talk.org',
    ]
    expect(await decisions(paths.map((name) => put(name)))).toEqual([0, 1, 1])
  })
  it('without stamps the one modified first, then by name', async () => {
    const [older, first, second] = ['z.org', 'a.org', 'b.org'].map((name) => put(name)) as [
      string,
      string,
      string,
    ]
    for (const [path, time] of [
      [older, 1000],
      [first, 2000],
      [second, 2000],
    ] as const)
      utimesSync(path, time, time)
    expect(await decisions([older, first, second])).toEqual([0, 1, 1])
    utimesSync(older, 2000, 2000)
    expect(await decisions([older, first, second])).toEqual([1, 0, 1])
  })
  it('one with a stamp before one without, a hidden one last', async () => {
    const paths = ['.hidden.org', '20990101T000000Z-from-a-talk.org', 'a.org'].map((name) => put(name))
    expect(await decisions(paths)).toEqual([1, 0, 1])
  })
  it('and an earlier copy that would be rejected does not count', async () => {
    await home.makeKey()
    const message = home.write('message.org', messageText())
    const sent = await home.run('send', ['local.bob', message])
    put('20200101T000000Z-from-a-talk.org')
    expect(await home.run('recv', [sent.stdout.slice('sent: '.length, -1)])).toMatchObject({ exitCode: 0 })
  })
})

describe('B2 exit 1 means a true duplicate and nothing else', () => {
  const garbage = Buffer.from([0x23, 0x2b, 0xff, 0xfe, 0x00])
  it('an undecodable neighbour is skipped', async () => {
    put('garbage.org', garbage)
    put('same-size.org', Buffer.alloc(messageText().length, 0xff))
    expect(await recv(put('m.org'))).toMatchObject({ exitCode: 0 })
  })
  it('a fifo, a folder, a link and an unreadable name beside it are skipped', async () => {
    const message = put('m.org')
    const beside = (name: string) => join(home.inbox('bob'), `20260101T000000Z-from-a-${name}.org`)
    spawnSync('mkfifo', [beside('fifo')])
    mkdirSync(beside('folder'))
    symlinkSync('/dev/zero', beside('endless'))
    symlinkSync('nowhere', beside('dangling'))
    const unreadable = Buffer.concat([
      Buffer.from(`${home.inbox('bob')}/`),
      Buffer.from([0xff]),
      Buffer.from('.org'),
    ])
    writeFileSync(unreadable, messageText())
    expect(await recv(message)).toMatchObject({ exitCode: 0, stderr: '' })
  })
  it('an undecodable message is rejected with a reason', async () => {
    expect(await recv(put('m.org', garbage))).toMatchObject({
      exitCode: 3,
      stdout: 'decision: reject\nreason: cannot read: not UTF-8 text\n',
    })
  })
  it('a missing message, a folder and an endless name are rejected', async () => {
    mkdirSync(join(home.path, 'folder.org'))
    for (const path of ['nowhere.org', 'folder.org', 'x'.repeat(5000), '']) {
      const rejected = await recv(path)
      expect(rejected).toMatchObject({ exitCode: 3, stdout: '' })
      expect(rejected.stderr).toMatch(/^.+\n$/)
    }
  })
  it('a gpg that is missing or fails is a rejection', async () => {
    const message = put('m.org')
    put('m.org.asc', 'x')
    const env = { PATH: join(home.path, 'nothing-here') }
    expect(await home.run('recv', [message], { env })).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('reason: gpg verify failed: gpg not installed\n'),
    })
    home.stub('gpg', 'exit 7')
    expect(await home.run('recv', [message])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('exit 7'),
    })
    home.stub('gpg', 'kill -9 $$')
    expect(await home.run('recv', [message])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('exit -9'),
    })
  })
})

it('B3 a gpg that ends with 0 and reports nothing vouches for nothing', async () => {
  home.stub('gpg', 'exit 0')
  put('m.org.asc', 'x')
  expect(await home.run('recv', [put('m.org')])).toMatchObject({
    exitCode: 3,
    stdout: expect.stringContaining('gpg reported no good signature'),
  })
})

it('B4 a message that changes while it is verified is rejected', async () => {
  const message = put('m.org')
  put('m.org.asc', 'x')
  const good = (then: string) =>
    home.stub(
      'gpg',
      `echo '[GNUPG:] GOODSIG X y'; echo '[GNUPG:] VALIDSIG F 2026-01-01 1 0 4 0 22 8 00 F'; ${then}`,
    )
  good('')
  expect(await home.run('recv', [message])).toMatchObject({ exitCode: 0 })
  const size = messageText().length
  good(`head -c ${size} /dev/zero > "${message}"`)
  expect(await home.run('recv', [message])).toMatchObject({
    exitCode: 3,
    stdout: expect.stringContaining('reason: the file changed while it was being read\n'),
  })
})

it('gives no message the looks of an option to gpg', async () => {
  home.stub('gpg', 'printf "%s\\n" "$@" > "$HOME/called"; exit 1')
  home.write('-x.org', messageText())
  home.write('-x.org.asc', 'x')
  expect(await home.run('recv', ['--', '-x.org'])).toMatchObject({ exitCode: 3 })
  const called = readFileSync(join(home.path, 'called'), 'utf8')
  expect(called).toBe('--status-fd\n1\n--verify\n./-x.org.asc\n./-x.org\n')
})

it('reads a neighbour of the same size only', async () => {
  const message = put('m.org')
  put('other.org', messageText({}, 'Longer, so it need not be read.\n'))
  put('20260101T000000Z-from-a-twin.org', messageText({}, 'Hallo.\n'))
  const trace = join(home.path, 'trace')
  const bin = binOf('recv')
  const traced = await home.exec('strace', [
    '-f',
    '-e',
    'trace=openat',
    '-o',
    trace,
    'node',
    bin,
    message,
    '--no-verify',
  ])
  expect(traced.exitCode).toBe(0)
  const opened = readFileSync(trace, 'utf8')
  expect(
    ['m.org', '20260101T000000Z-from-a-twin.org', 'other.org'].map((name) => opened.includes(`/${name}"`)),
  ).toEqual([true, true, false])
})

it('escapes control characters where standard output is a terminal, and only there', async () => {
  const message = put('m.org', messageText({ SEQUENCE: '1', CONVERSATION_ID: 'a\x1b[31mb' }))
  const bin = binOf('recv')
  expect((await recv(message)).stdout).toContain('conversation_id: a\x1b[31mb\n')
  const seen = await home.exec('script', ['-qec', `node ${bin} --no-verify ${message}`, '/dev/null'])
  expect(seen.stdout).toContain('conversation_id: a\\x1b[31mb\r\n')
  writeFileSync(message, '')
})

it('B2 an installation that is broken ends with 3 and one line: 1 would mean dedup', async () => {
  const bin = home.write('broken/cross-agent-recv.cjs', readFileSync(binOf('recv')))
  expect(await home.exec(process.execPath, [bin, '--no-verify', 'm.org'])).toMatchObject({
    exitCode: 3,
    stdout: '',
    stderr: expect.stringMatching(/^cross-agent-recv: cannot be loaded: ENOENT: [^\n]+\n$/),
  })
})

it('tells the same hash on a node that cannot hash at one go', async () => {
  const message = put('m.org', messageText({ SEQUENCE: '1' }))
  const older = home.write('older.cjs', "delete require('node:crypto').hash")
  const args = ['--require', older, binOf('recv'), '--no-verify', message]
  const usual = await recv(message)
  expect(usual.stdout).toMatch(/^sha256: [0-9a-f]{64}$/m)
  expect(await home.exec(process.execPath, args)).toEqual(usual)
})
