import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { outcomeOf } from '../support/home'
import { put, putSigned } from '../support/inbox'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'
import { until } from '../support/until'

beforeEach(() => mkdirSync(home.inbox('bob'), { recursive: true }))

const send = (text: string, ...args: string[]) =>
  home.run('send', ['local.bob', home.write('message.org', text), '--no-sign', ...args])

describe('A1 header', () => {
  const fields = ['TITLE', 'CONVERSATION_ID', 'MESSAGE_TYPE', 'SEQUENCE', 'TIMESTAMP', 'PROTOCOL_VERSION']
  it.each(sample(fields, 2))('requires %s: exit 4 naming it', async (field) => {
    expect(await send(messageText({ [field]: undefined }))).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringMatching(`^frontmatter missing required fields: ${field}\n`),
    })
    expect(readdirSync(home.inbox('bob'))).toEqual([])
  })
  it.each(
    sample(
      [
        ['TIMESTAMP', '2026-04-27T04:11:42'],
        ['TIMESTAMP', '2026-02-30T04:11:42Z'],
        ['TIMESTAMP', 'yesterday'],
        ['PROTOCOL_VERSION', '4'],
        ['SEQUENCE', 'one'],
        ['MESSAGE_TYPE', 'shout'],
      ],
      2,
    ),
  )('refuses %s %s: exit 4 naming it', async (field, value) => {
    const refused = await send(messageText({ [field]: value }))
    expect(refused).toMatchObject({ exitCode: 4, stdout: '', stderr: expect.stringContaining(field) })
  })
  it.each(sample(['2026-04-27T04:11Z', '20260427T041142,5-0500', '2026-04-27 04:11:42.123456+02'], 1))(
    'accepts TIMESTAMP %s',
    async (timestamp) => {
      expect((await send(messageText({ TIMESTAMP: timestamp }))).exitCode).toBe(0)
    },
  )
})

describe('A3 signing key', () => {
  const keyUsed = async (env: Record<string, string>, ...args: string[]) => {
    home.stub(
      'gpg',
      'for a; do echo "$a"; done > "$HOME/gpg-args"; while [ "$1" != --output ]; do shift; done; echo SIG > "$2"',
    )
    const message = home.write('message.org', messageText())
    const sent = await home.run('send', ['local.bob', message, ...args], { env })
    expect(sent).toMatchObject({ exitCode: 0 })
    const called = readFileSync(join(home.path, 'gpg-args'), 'utf8').split('\n')
    return called.includes('--local-user') ? called[called.indexOf('--local-user') + 1] : undefined
  }
  it('is --key, then GPG_USER, then user.signingkey of git, then left to gpg', async () => {
    expect(await keyUsed({})).toBeUndefined()
    home.write('.gitconfig', '[user]\n\tsigningkey = FROMGIT\n')
    expect(await keyUsed({})).toBe('FROMGIT')
    expect(await keyUsed({ GPG_USER: '' })).toBe('FROMGIT')
    expect(await keyUsed({ GPG_USER: 'FROMENV' })).toBe('FROMENV')
    expect(await keyUsed({ GPG_USER: 'FROMENV' }, '--key', '12345678')).toBe('12345678')
  })
  itLong('is not taken from git when git signs with something else than OpenPGP', async () => {
    home.write('.gitconfig', '[user]\n\tsigningkey = ssh-ed25519 AAAA\n[gpg]\n\tformat = ssh\n')
    expect(await keyUsed({})).toBeUndefined()
    home.write('.gitconfig', '[user]\n\tsigningkey = FROMGIT\n[gpg]\n\tformat = openpgp\n')
    expect(await keyUsed({})).toBe('FROMGIT')
  })
})

describe('A4 sequence advice', () => {
  it("looks into the sender's own inbox too", async () => {
    await home.makeKey()
    const name = '20260101T000000Z-from-bob-talk.org'
    await putSigned(home, 'alice', name, messageText({ SEQUENCE: '4' }))
    const message = home.write('message.org', messageText({ SEQUENCE: '4' }))
    const cwd = join(home.path, 'projects/alice')
    const sent = await home.run('send', ['local.bob', message, '--no-sign'], { cwd })
    expect(sent).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^advice: SEQUENCE is 4, .* next would be 5\n$/),
    })
  })
  it('B65 is silent about what nobody signed, and asks gpg only where the number is another', async () => {
    home.stub('gpg', 'echo asked >> "$HOME/asked"; exit 1')
    const name = '20260101T000000Z-from-bob-talk.org'
    put(home, 'bob', name, messageText({ SEQUENCE: '4' }))
    expect(await send(messageText({ SEQUENCE: '3' }))).toMatchObject({ exitCode: 0, stderr: '' })
    home.write(`projects/bob/inbox/from-agents/${name}.asc`, 'no signature')
    expect(await send(messageText({ SEQUENCE: '5' }))).toMatchObject({ exitCode: 0, stderr: '' })
    expect(existsSync(join(home.path, 'asked'))).toBe(false)
    expect(await send(messageText({ SEQUENCE: '3' }))).toMatchObject({ exitCode: 0, stderr: '' })
    expect(readFileSync(join(home.path, 'asked'), 'utf8')).toBe('asked\n')
  })
  it('is silent about other conversations and about files that cannot be read', async () => {
    home.write('projects/bob/inbox/from-agents/20260101T000000Z-from-bob-talk.org', Buffer.from([0xff, 0xfe]))
    home.write(
      'projects/bob/inbox/from-agents/other.org',
      messageText({ CONVERSATION_ID: 'other', SEQUENCE: '9' }),
    )
    expect(await send(messageText({ SEQUENCE: '3' }))).toMatchObject({ exitCode: 0, stderr: '' })
  })
})

it('B5 moves to the next second where a name is taken, and overwrites nothing', async () => {
  const sent = []
  for (let n = 0; n < 5; n++) sent.push(await send(messageText({ SEQUENCE: String(n) })))
  expect(new Set(sent.map((outcome) => outcome.stdout)).size).toBe(5)
  expect(readdirSync(home.inbox('bob'))).toHaveLength(5)
})

it('B6 is on disk before it says sent: message and folder are flushed', async () => {
  const message = home.write('message.org', messageText())
  const trace = join(home.path, 'trace')
  const calls = 'trace=fsync,link,linkat,openat,write'
  const bin = ['node', binOf('send')]
  const traced = await home.exec('strace', [
    '-f',
    '-y',
    '-e',
    calls,
    '-o',
    trace,
    ...bin,
    'local.bob',
    message,
    '--no-sign',
  ])
  expect(traced.exitCode).toBe(0)
  const interesting = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.includes(home.inbox('bob')) || line.includes('sent: '))
  const order = interesting.flatMap(
    (line) => /(fsync|link|write)\(.*?(\.tmp\.|from-agents>|sent: )/.exec(line)?.slice(1, 3).join(' ') ?? [],
  )
  expect(order).toEqual(['write .tmp.', 'fsync .tmp.', 'link .tmp.', 'fsync from-agents>', 'write sent: '])
})

describe('B7 conversation as part of a file name', () => {
  it.each(
    sample(
      [
        ['a slash', 'a/b'],
        ['a way out', '../../../elsewhere/x'],
        ['a control character', 'a\x1b[31mb'],
        ['a tab', 'a\tb'],
        ['nothing', ''],
        ['251 bytes', 'x'.repeat(251)],
        ['too many bytes in few characters', '😀'.repeat(60)],
      ],
      2,
    ),
  )('refuses %s: exit 4 naming the field', async (_, conversation) => {
    const refused = await send(messageText({ CONVERSATION_ID: conversation }))
    expect(refused).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringContaining('CONVERSATION_ID'),
    })
    expect(readdirSync(home.inbox('bob'))).toEqual([])
  })
})

describe('B8 projects and senders', () => {
  it.each(sample(['local.', 'local..', 'local...', 'local.../x', 'local.a/../../x', 'local.a\nb'], 2))(
    'refuses the destination %j: exit 2, nothing written',
    async (destination) => {
      const before = readdirSync(home.path, { recursive: true })
      const message = home.write('message.org', messageText())
      expect(await home.run('send', [destination, message, '--no-sign'])).toMatchObject({
        exitCode: 2,
        stdout: '',
      })
      expect(readdirSync(home.path, { recursive: true }).sort()).toEqual([...before, 'message.org'].sort())
    },
  )
  itLong('names the machine as sender where the folder has no usable name', async () => {
    const message = home.write('message.org', messageText())
    for (const cwd of ['/', join(home.path, 'projects')]) {
      const sent = await home.run('send', ['local.bob', message, '--no-sign'], { cwd })
      expect(sent.stdout).toContain(`Z-from-${home.machine}-talk.org\n`)
    }
  })
  it('names the machine where the working folder is gone', async () => {
    const message = home.write('message.org', messageText())
    const bin = binOf('send')
    const script = `mkdir "$HOME/gone" && cd "$HOME/gone" && rmdir "$HOME/gone" && exec node ${bin} local.bob ${message} --no-sign`
    const sent = await home.exec('sh', ['-c', script])
    expect(sent).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`-from-${home.machine}-`) })
  })
})

it('B9 delivers to an unknown project with a warning that names the known ones', async () => {
  const message = home.write('message.org', messageText())
  const sent = await home.run('send', ['local.bbo', message, '--no-sign'])
  expect(sent.exitCode).toBe(0)
  expect(sent.stderr).toMatch(/^warning: there was no project bbo .*\nknown projects: bob\n$/)
  expect(readdirSync(home.inbox('bbo'))).toHaveLength(1)
})

describe('B11 the signature is made in a private folder', () => {
  it('which is gone afterwards, and the folder of the message may be read-only', async () => {
    await home.makeKey()
    const message = home.write('readonly/message.org', messageText(), 0o444)
    chmodSync(join(home.path, 'readonly'), 0o555)
    const temp = join(home.path, 'temp')
    mkdirSync(temp)
    const sent = await home.run('send', ['local.bob', message], { env: { TMPDIR: temp } })
    chmodSync(join(home.path, 'readonly'), 0o755)
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    expect(readdirSync(temp)).toEqual([])
    expect(readdirSync(join(home.path, 'readonly'))).toEqual(['message.org'])
  })
  it.each(sample(['SIGINT', 'SIGTERM', 'SIGHUP'] as const, 1))('and is removed on %s', async (signal) => {
    home.stub('gpg', 'touch "$HOME/signing"; exec sleep 30')
    const message = home.write('message.org', messageText())
    const temp = join(home.path, 'temp')
    mkdirSync(temp)
    const child = home.start('send', ['local.bob', message], { env: { TMPDIR: temp } })
    const ended = outcomeOf(child)
    await until(() => existsSync(join(home.path, 'signing')), 'gpg signs')
    expect(readdirSync(temp)).toHaveLength(1)
    child.kill(signal)
    expect(await ended).toEqual({ exitCode: null, signal, stdout: '', stderr: '' })
    expect(readdirSync(temp)).toEqual([])
    expect(readdirSync(home.inbox('bob'))).toEqual([])
  })
  itLong('also where gpg does not heed the signal', async () => {
    home.stub('gpg', 'trap \'\' TERM; touch "$HOME/signing"; sleep 60; touch "$HOME/waited"')
    const temp = join(home.path, 'temp')
    mkdirSync(temp)
    const child = home.start('send', ['local.bob', home.write('message.org', messageText())], {
      env: { TMPDIR: temp },
    })
    const ended = outcomeOf(child)
    await until(() => existsSync(join(home.path, 'signing')), 'gpg signs')
    child.kill('SIGTERM')
    expect(await ended).toEqual({ exitCode: null, signal: 'SIGTERM', stdout: '', stderr: '' })
    expect(existsSync(join(home.path, 'waited'))).toBe(false)
    expect(readdirSync(temp)).toEqual([])
  })
  it('and a message that changes while it is signed is not sent', async () => {
    home.stub(
      'gpg',
      'while [ "$1" != --output ]; do shift; done; echo SIG > "$2"; echo more >> "$HOME/message.org"',
    )
    const refused = await home.run('send', ['local.bob', home.write('message.org', messageText())])
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('changed while it was being signed'),
    })
    expect(readdirSync(home.inbox('bob'))).toEqual([])
  })
})

describe('B13 peers.toml', () => {
  it.each(
    sample(
      [
        ['a host that begins with a dash', '[peers.velox]\nhost = "-oProxyCommand=touch /tmp/x"'],
        ['a user that begins with a dash', '[peers.velox]\nhost = "h"\nssh_user = "-l"'],
        ['a host with a blank', '[peers.velox]\nhost = "h -x"'],
        ['a host that is a number', '[peers.velox]\nhost = 5'],
        ['a peer that is no table', '[peers]\nvelox = "h"'],
        ['peers that are no table', 'peers = 1'],
        ['broken TOML', '[peers'],
      ],
      2,
    ),
  )('%s: one clear error, exit 1, nothing called', async (_, toml) => {
    home.write('.config/cross-agent-comms/peers.toml', toml)
    for (const name of ['gpg', 'ssh', 'rsync']) home.stub(name, 'touch "$HOME/called"')
    const refused = await home.run('send', ['velox.bob', home.write('message.org', messageText())])
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^cannot read .*peers\.toml: .+\n/)
    expect(existsSync(join(home.path, 'called'))).toBe(false)
  })
})

describe('B42 git in a hostile folder', () => {
  const message = () => home.write('message.org', messageText())
  itLong('that keeps it waiting: one clear failure, and a hint', async () => {
    for (const folder of ['objects', 'refs'])
      mkdirSync(join(home.path, 'trap/.git', folder), { recursive: true })
    spawnSync('mkfifo', [join(home.path, 'trap/.git/HEAD')])
    const failed = await home.run('send', ['local.bob', message()], { cwd: join(home.path, 'trap') })
    expect(failed).toMatchObject({ exitCode: 1, stdout: '' })
    expect(failed.stderr).toMatch(
      /^git did not name its signing key .+\nname the key with --key or GPG_USER\n$/,
    )
    expect(readdirSync(home.inbox('bob'))).toEqual([])
  })
  it('that looks like a repository without being one does not choose the key', async () => {
    home.write('trap/HEAD', 'ref: refs/heads/main\n')
    home.write('trap/config', '[user]\n\tsigningkey = EVIL\n')
    for (const folder of ['objects', 'refs']) mkdirSync(join(home.path, 'trap', folder))
    home.stub(
      'gpg',
      'echo "$@" > "$HOME/gpg-args"; while [ "$1" != --output ]; do shift; done; echo SIG > "$2"',
    )
    const sent = await home.run('send', ['local.bob', message()], { cwd: join(home.path, 'trap') })
    expect(sent.exitCode, sent.stderr).toBe(0)
    expect(readFileSync(join(home.path, 'gpg-args'), 'utf8')).not.toContain('EVIL')
  })
})

describe('B45 hosts as ssh and rsync read them', () => {
  const remote = (toml: string) => {
    home.write('.config/cross-agent-comms/peers.toml', toml)
    for (const name of ['ssh', 'rsync'])
      home.stub(name, `for word do printf '%s\\n' "$word" >> "$HOME/${name}-words"; done; exit 1`)
    const message = home.write('message.org', messageText())
    return home.run('send', ['velox.bob', message, '--no-sign', '--retries', '0'])
  }
  const words = (name: string) => readFileSync(join(home.path, `${name}-words`), 'utf8').split('\n')
  it.each(sample(['fd7a:115c::1', 'fe80::1%eth0', '::ffff:192.0.2.1'], 1))(
    '%s goes to rsync in brackets',
    async (host) => {
      expect(await remote(`[peers.velox]\nhost = "${host}"\nssh_user = "u"\n`)).toMatchObject({ exitCode: 3 })
      expect(words('ssh')).toContain(`u@${host}`)
      expect(words('rsync')).toContain(`u@[${host}]:~/projects/bob/inbox/from-agents/`)
    },
  )
  it.each(
    sample(
      [
        'host = "h:22"',
        'host = "a/b"',
        'host = "[::1]"',
        'host = "ssh://h"',
        'host = "u@h"',
        'host = "h"\nssh_user = "a:b"',
        'host = "h"\nssh_user = "a@b"',
        'host = "h"\nssh_user = "a/b"',
        'host = "h"\n[projects.bob]\ninbox_path = ":module/x"',
      ],
      2,
    ),
  )('what they read differently is refused, and nothing called: %j', async (toml) => {
    const refused = await remote(`[peers.velox]\n${toml}\n`)
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toMatch(/rsync and ssh.*\n.+\n$/)
    for (const name of ['ssh', 'rsync']) expect(existsSync(join(home.path, `${name}-words`))).toBe(false)
  })
})

describe('B27 HALT', () => {
  it.each(
    sample(
      [
        ['a folder', () => mkdirSync(join(home.path, '.config/cross-agent-comms/HALT'), { recursive: true })],
        [
          'a dangling link',
          () => {
            mkdirSync(join(home.path, '.config/cross-agent-comms'), { recursive: true })
            symlinkSync('nowhere', join(home.path, '.config/cross-agent-comms/HALT'))
          },
        ],
        [
          'in a folder that cannot be entered',
          () => {
            mkdirSync(join(home.path, '.config'))
            symlinkSync('cross-agent-comms', join(home.path, '.config/cross-agent-comms'))
          },
        ],
        [
          'a fifo',
          () => {
            mkdirSync(join(home.path, '.config/cross-agent-comms'), { recursive: true })
            spawnSync('mkfifo', [join(home.path, '.config/cross-agent-comms/HALT')])
          },
        ],
      ],
      1,
    ),
  )('that is %s halts send, recv and status', async (_, make) => {
    make()
    expect(await send(messageText())).toMatchObject({
      exitCode: 5,
      stderr: expect.stringMatching(/^halt active \(HALT file present but unreadable/),
    })
    expect(await home.run('recv', ['x.org'])).toMatchObject({
      exitCode: 5,
      stderr: expect.stringMatching(/^halt active \(HALT file/),
    })
    expect(await home.run('status', [])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('  reason: (HALT file unreadable; treated as halted)\n'),
    })
  })
  it('is looked at again before the message is delivered', async () => {
    home.stub(
      'gpg',
      'while [ "$1" != --output ]; do shift; done; echo SIG > "$2"; mkdir -p "$HOME/.config/cross-agent-comms"; echo stop > "$HOME/.config/cross-agent-comms/HALT"',
    )
    const halted = await home.run('send', ['local.bob', home.write('message.org', messageText())])
    expect(halted).toMatchObject({
      exitCode: 5,
      stdout: '',
      stderr: expect.stringMatching(/^halt active: stop\n/),
    })
    expect(readdirSync(home.inbox('bob'))).toEqual([])
  })
})

describe('B71 what was done is told where standard output is full', () => {
  const onFull = (command: string, ...args: string[]) =>
    home.exec('sh', ['-c', 'exec "$@" >/dev/full', 'sh', process.execPath, binOf(command), ...args])
  const FULL = 'cannot write to standard output: ENOSPC: no space left on device; this was done anyway:\n'
  it('by send, recv --done and halt', async () => {
    const message = home.write('message.org', messageText())
    const sent = await onFull('send', 'local.bob', message, '--no-sign')
    const [name = ''] = readdirSync(home.inbox('bob'))
    const path = join(home.inbox('bob'), name)
    expect(sent).toMatchObject({
      exitCode: 1,
      stderr: `cross-agent-send: ${FULL}cross-agent-send: sent: ${path}\n`,
    })
    expect(await onFull('recv', '--done', path)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^cross-agent-recv: .* anyway:\ncross-agent-recv: done: .*\n$/),
    })
    expect(await onFull('halt', '--no-stop-watcher')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Halting locally       ✓'),
    })
  })
})

describe('B26 failures are one line', () => {
  it.each(
    sample(
      [
        ['the inbox is a file', () => home.write('projects/carol/inbox/from-agents', ''), 'local.carol'],
        [
          'a link loop',
          () => {
            mkdirSync(join(home.path, 'projects/carol'))
            symlinkSync('inbox', join(home.path, 'projects/carol/inbox'))
          },
          'local.carol',
        ],
      ],
      2,
    ),
  )('%s: exit 1', async (_, make, destination) => {
    make()
    const failed = await home.run('send', [
      destination,
      home.write('message.org', messageText()),
      '--no-sign',
    ])
    expect(failed).toMatchObject({ exitCode: 1, stdout: '' })
    expect(failed.stderr).toMatch(/^cannot deliver to .*carol.*: E\w+: .+\nfix that .+\n$/)
  })
  it('and a reader that is gone is no failure', async () => {
    const bin = binOf('status')
    const piped = await home.exec('bash', [
      '-c',
      `set -o pipefail; node ${bin} | true; echo "\${PIPESTATUS[0]}"`,
    ])
    expect(piped).toMatchObject({ stdout: '0\n', stderr: '' })
  })
  it('and a full standard output is one', async () => {
    const bin = binOf('status')
    expect(await home.exec('sh', ['-c', `node ${bin} > /dev/full`])).toMatchObject({
      exitCode: 1,
      stderr: 'cross-agent-status: cannot write to standard output: ENOSPC: no space left on device\n',
    })
  })
})

it('clears away temp files that a killed sender left a day ago, and no younger ones', async () => {
  const old = home.write('projects/bob/inbox/from-agents/.tmp.1a-2b-0', '')
  const young = home.write('projects/bob/inbox/from-agents/.tmp.1a-2b-1', '')
  const yesterday = Date.now() / 1000 - 25 * 3600
  utimesSync(old, yesterday, yesterday)
  await send(messageText())
  expect([old, young].map(existsSync)).toEqual([false, true])
})

itLong('delivers where the file system has no hard links', async () => {
  const message = home.write('message.org', messageText())
  await home.makeKey()
  const bin = binOf('send')
  const noLinks = ['-f', '-o', '/dev/null', '-e', 'inject=link,linkat:error=EPERM', 'node', bin]
  for (const extra of [[], ['--no-sign'], []]) {
    expect(
      (await home.exec('strace', [...noLinks, 'local.bob', message, ...extra], { cwd: '/tmp' })).exitCode,
    ).toBe(0)
  }
  const names = readdirSync(home.inbox('bob')).sort()
  expect(names.filter((name) => name.endsWith('.org'))).toHaveLength(3)
  expect(names.filter((name) => name.endsWith('.asc'))).toHaveLength(2)
  expect(names.every((name) => statSync(join(home.inbox('bob'), name)).size > 0)).toBe(true)
})
