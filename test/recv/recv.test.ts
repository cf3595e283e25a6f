import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

const put = (name: string, content: string | Uint8Array = messageText()) =>
  home.write(`projects/bob/inbox/from-agents/${name}`, content)
const recv = (path: string, ...args: string[]) => home.run('recv', [path, '--no-verify', ...args])

describe('A2', () => {
  it.each(
    sample(
      [
        ['SEQUENCE', 'one', "SEQUENCE must be an integer; got 'one'"],
        [
          'TIMESTAMP',
          '2026-04-27T04:11:42',
          "TIMESTAMP must be ISO 8601 with an explicit offset; got '2026-04-27T04:11:42'",
        ],
      ],
      1,
    ),
  )('rejects a bad %s', async (field, value, reason) => {
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
  itLong('without stamps the one modified first, then by name', async () => {
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
  itLong('one with a stamp before one without, a hidden one last', async () => {
    const paths = ['.hidden.org', '20990101T000000Z-from-a-talk.org', 'a.org'].map((name) => put(name))
    expect(await decisions(paths)).toEqual([1, 0, 1])
  })
  itLong('and an earlier copy that would be rejected does not count', async () => {
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

it('B32, B35, B56 tells gpg no name, and to fetch, import and write nothing', async () => {
  home.stub('gpg', 'printf "%s\\n" "$@" > "$HOME/called"; exit 1')
  home.write('-x.org', messageText())
  home.write('-x.org.asc', 'x')
  expect(await home.run('recv', ['--', '-x.org'])).toMatchObject({ exitCode: 3 })
  expect(readFileSync(join(home.path, 'called'), 'utf8').trimEnd().split('\n')).toEqual([
    '--enable-special-filenames',
    '--no-auto-key-retrieve',
    '--no-auto-key-import',
    '--disable-dirmngr',
    '--no-auto-check-trustdb',
    '--status-fd',
    '1',
    '--verify',
    '--',
    '-&3',
    '-',
  ])
})

describe('B37 HALT is looked at again', () => {
  const HALT = '.config/cross-agent-comms/HALT'
  const SET = `mkdir -p "$HOME/.config/cross-agent-comms"; echo stop > "$HOME/${HALT}"`
  const SAY_GOOD = `printf '%s\\n' '[GNUPG:] GOODSIG X y' '[GNUPG:] VALIDSIG F 2026-01-01 1 0 4 0 22 8 00 F'`
  const halted = {
    exitCode: 5,
    stdout: '',
    stderr: 'halt active; leaving inbound message in place (resume will pick up): stop\n',
  }
  const calls = () => readFileSync(join(home.path, 'calls'), 'utf8').length
  const gpg = (script: string) => home.stub('gpg', `printf x >> "$HOME/calls"; ${script}`)
  const putSigned = (name: string) => {
    put(`${name}.asc`, 'x')
    return put(name)
  }

  it('before the decision is printed, whatever it is', async () => {
    const message = putSigned('m.org')
    for (const end of [SAY_GOOD, 'exit 1']) {
      gpg(`${SET}; ${end}`)
      expect(await home.run('recv', [message])).toEqual({ ...halted, signal: null })
      rmSync(join(home.path, HALT))
    }
    expect(calls()).toBe(2)
  })
  it('before gpg is started again', async () => {
    putSigned('20260101T000000Z-from-a-talk.org')
    const message = putSigned('20260101T000001Z-from-a-talk.org')
    gpg(`${SET}; ${SAY_GOOD}`)
    expect(await home.run('recv', [message])).toMatchObject(halted)
    expect(calls()).toBe(1)
  })
  it('while gpg runs, which it ends', async () => {
    const message = putSigned('m.org')
    gpg(`${SET}; exec sleep 600`)
    expect(await home.run('recv', [message])).toMatchObject(halted)
    gpg(`trap '' TERM; ${SET}; while :; do sleep 0.05; done`)
    expect(await home.run('recv', [message])).toMatchObject(halted)
  }, 30_000)
  itLong('and where it ended gpg nothing is decided, also if it is gone by then', async () => {
    gpg(`trap 'rm "$HOME/${HALT}"; exit 2' TERM; ${SET}; while :; do sleep 0.05; done`)
    expect(await home.run('recv', [putSigned('m.org')])).toMatchObject(halted)
  })
})

describe('B44 in the form for people every value is one line that shows what it holds', () => {
  const SHOWN = 'a\\x1b[31mb\\u202ec\\u061cd\\x09e'
  const HOSTILE = 'a\x1b[31mb\u202ec\u061cd\te'
  it('of the message', async () => {
    const fields = { CONVERSATION_ID: HOSTILE, REQUIRES_TOOLS: HOSTILE }
    const message = put('m.org', messageText(fields))
    const { stdout } = await recv(message)
    expect(stdout).toContain(`conversation_id: ${SHOWN}\n`)
    expect(stdout).toContain(`reason: required tools unavailable: ${SHOWN}\n`)
    expect(JSON.parse((await recv(message, '--json')).stdout)).toMatchObject({
      reason: `required tools unavailable: ${HOSTILE}`,
      conversation_id: HOSTILE,
    })
  })
  it('of names', async () => {
    const name = `m\ndecision: process\u2028${HOSTILE}.org`
    const shown = `m\\x0adecision: process\\u2028${SHOWN}.org`
    const unsigned = await home.run('recv', [put(name)])
    expect(unsigned.stdout).toMatch(/^decision: reject\nreason: [^\n]+\nmessage_type: /)
    expect(unsigned.stdout).toContain(`reason: signature file missing: ${shown}.asc\n`)
    put(`20260101T000000Z-from-${name}`)
    const copy = await recv(put('20260101T000001Z-from-x.org'))
    expect(copy.stdout).toContain(`reason: identical retry of 20260101T000000Z-from-${shown}\n`)
    const missing = await recv(`${home.path}/${name}`)
    expect(missing).toMatchObject({ exitCode: 3, stderr: `message file not found: ${home.path}/${shown}\n` })
  })
  it('of what gpg says', async () => {
    home.stub('gpg', "printf 'x\\033[31m\\342\\200\\256y\\n' >&2; exit 1")
    put('m.org.asc', 'x')
    const { stdout } = await home.run('recv', [put('m.org')])
    expect(stdout).toContain('reason: gpg verify failed: x\\x1b[31m\\u202ey\n')
  })
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

it('B2 an installation that is broken ends with 3 and one line: 1 would mean dedup', async () => {
  const bin = home.write('broken/cross-agent-recv.cjs', readFileSync(binOf('recv')))
  expect(await home.exec(process.execPath, [bin, '--no-verify', 'm.org'])).toMatchObject({
    exitCode: 3,
    stdout: '',
    stderr: expect.stringMatching(/^cross-agent-recv: cannot be loaded: ENOENT: [^\n]+\n$/),
  })
})

itLong('tells the same hash on a node that cannot hash at one go', async () => {
  const message = put('m.org', messageText({ SEQUENCE: '1' }))
  const older = home.write('older.cjs', "delete require('node:crypto').hash")
  const args = ['--require', older, binOf('recv'), '--no-verify', message]
  const usual = await recv(message)
  expect(usual.stdout).toMatch(/^sha256: [0-9a-f]{64}$/m)
  expect(await home.exec(process.execPath, args)).toEqual(usual)
})
