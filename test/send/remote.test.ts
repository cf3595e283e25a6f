import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { outcomeOf } from '../support/home'
import { gpg } from '../support/keys'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedFleet } from '../support/own-home'
import { until } from '../support/until'

const fleet = sharedFleet(['velox'], 11)
const { home } = fleet
const velox = fleet.machine('velox')
const inbox = velox.home.inbox('bob')
const halt = join(home.path, '.config/cross-agent-comms/HALT')
const failedSends = join(home.path, '.local/state/cross-agent-comms/failed-sends')
const temp = join(home.path, 'temp')

beforeAll(() => home.makeKey())
beforeEach(() => {
  mkdirSync(inbox, { recursive: true })
  mkdirSync(temp)
})
afterEach(() => {
  for (const path of [
    join(velox.home.path, 'projects'),
    join(velox.home.path, 'programs'),
    failedSends,
    join(failedSends, '../outbox'),
    halt,
    temp,
  ]) {
    rmSync(path, { recursive: true, force: true })
  }
})

const message = (fields?: Record<string, string>) => home.write('message.org', messageText(fields))
const options = { env: { TMPDIR: temp }, cwd: '/tmp' }
const send = (...args: string[]) => home.run('send', ['velox.bob', message(), ...args], options)
const marker = (): {
  error: string
  retry_log: { time: string; error: string }[]
  [key: string]: unknown
} => {
  const [name] = readdirSync(failedSends)
  return JSON.parse(readFileSync(join(failedSends, name ?? ''), 'utf8'))
}

describe('send to another machine', () => {
  it('arrives signed, mode 0600, and is processed there', async () => {
    const sent = await send()
    expect(sent, sent.stderr).toMatchObject({ exitCode: 0, stderr: '' })
    expect(sent.stdout).toMatch(
      /^sent: root@velox:~\/projects\/bob\/inbox\/from-agents\/\d{8}T\d{6}Z-from-tmp-talk\.org\n$/,
    )
    const names = readdirSync(inbox)
    expect(names).toHaveLength(2)
    for (const name of names) expect(statSync(join(inbox, name)).mode & 0o777).toBe(0o600)
    const env = { HOME: velox.home.path }
    expect(await home.run('recv', [join(inbox, names[0] ?? '')], { env })).toMatchObject({ exitCode: 0 })
    expect(readdirSync(temp)).toEqual([])
  })

  itLong('C9 C11 what is composed arrives signed and says from whom and for whom it is', async () => {
    const sent = await home.run('send', ['velox.bob', '-m', 'Three sacks, please.'], options)
    expect(sent, sent.stderr).toMatchObject({ exitCode: 0, stderr: '' })
    const name = readdirSync(inbox).find((entry) => entry.endsWith('.org')) ?? ''
    expect(name).toMatch(/-from-tmp-three-sacks-please\.org$/)
    const text = readFileSync(join(inbox, name), 'utf8')
    expect(text).toContain(`#+FROM: ${home.machine}.tmp\n#+TO: velox.bob\n\nThree sacks, please.\n`)
    const env = { HOME: velox.home.path }
    expect(await home.run('recv', [join(inbox, name)], { env })).toMatchObject({ exitCode: 0 })
  })

  itLong('C10 an answer goes to the peer that FROM names', async () => {
    const asked = 'projects/mill/inbox/from-agents/20260101T000000Z-from-bob-sacks.org'
    const path = home.write(asked, messageText({ CONVERSATION_ID: 'sacks', FROM: 'velox.bob' }))
    await gpg(home, '--detach-sign', '--armor', '--output', `${path}.asc`, path)
    const sent = await home.run('send', ['--reply-to', path, '-m', 'Done.'], options)
    expect(sent, sent.stderr).toMatchObject({ exitCode: 0, stderr: '' })
    expect(sent.stdout).toMatch(
      /^sent: root@velox:~\/projects\/bob\/inbox\/from-agents\/.*-from-tmp-sacks\.org\n$/,
    )
    rmSync(join(home.path, 'projects'), { recursive: true })
  })

  itLong('B9 C9 a project that is not there: exit 3, and the composed message is kept', async () => {
    const sent = await home.run('send', ['velox.nobody', '-m', 'Three sacks, please.'], options)
    expect(sent).toMatchObject({ exitCode: 3, stdout: '' })
    const [name = ''] = readdirSync(failedSends)
    const { message_path, destination } = JSON.parse(readFileSync(join(failedSends, name), 'utf8'))
    expect(destination).toBe('velox.nobody')
    expect(statSync(message_path).mode & 0o777).toBe(0o600)
    expect(sent.stderr).toContain(`message kept: ${message_path}\n`)
    // It can be sent like any other file.
    expect(await home.run('send', ['velox.bob', message_path], options)).toMatchObject({ exitCode: 0 })
  })

  itLong('B5 twelve at the same moment: twelve messages there, every signature fits', async () => {
    const files = Array.from({ length: 12 }, (_, n) => {
      return home.write(`message-${n}.org`, messageText({ SEQUENCE: String(n) }, `Number ${n}.\n`))
    })
    const sent = await Promise.all(files.map((file) => home.run('send', ['velox.bob', file], options)))
    expect(sent.map((outcome) => outcome.exitCode)).toEqual(Array(12).fill(0))
    const messages = readdirSync(inbox).filter((name) => name.endsWith('.org'))
    expect(messages).toHaveLength(12)
    const env = { HOME: velox.home.path }
    for (const name of messages) {
      expect(await home.run('recv', [join(inbox, name)], { env })).toMatchObject({ exitCode: 0 })
    }
  })

  itLong('B9 makes the missing inbox of an existing project', async () => {
    rmSync(join(velox.home.path, 'projects/bob/inbox'), { recursive: true })
    expect(await send()).toMatchObject({ exitCode: 0 })
    expect(readdirSync(inbox)).toHaveLength(2)
  })

  it('B9 a missing project is exit 3 at once, with a marker, without retries', async () => {
    rmSync(join(velox.home.path, 'projects/bob'), { recursive: true })
    const failed = await send()
    expect(failed).toMatchObject({ exitCode: 3, stdout: '' })
    expect(failed.stderr).toMatch(
      /^the project of ~\/projects\/bob\/inbox\/from-agents is not on velox\nvelox: it has no such project; .+\nmarker written: .+\nmessage kept: .+\nsend it again with: .+ velox\.bob\n$/,
    )
    expect(marker().retry_log).toHaveLength(1)
    expect(readdirSync(join(velox.home.path, 'projects'))).toEqual([])
  })

  it('B10 a ~ in inbox_path is the home of the peer', async () => {
    const peers = join(home.path, '.config/cross-agent-comms/peers.toml')
    const before = readFileSync(peers, 'utf8')
    writeFileSync(peers, `${before}\n[projects.bob]\ninbox_path = "~/else where/$(id)"\n`)
    mkdirSync(join(velox.home.path, 'else where'))
    const sent = await send('--no-sign')
    writeFileSync(peers, before)
    expect(sent).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^sent: root@velox:~\/else where\/\$\(id\)\/2/),
    })
    expect(readdirSync(join(velox.home.path, 'else where/$(id)'))).toHaveLength(1)
  })
})

describe('A5 a send that fails leaves a marker with the real error and every try', () => {
  it('when the peer is down: exit 3', async () => {
    velox.stop()
    const failed = await send('--retries', '0')
    velox.start()
    expect(failed).toMatchObject({ exitCode: 3, stdout: '' })
    expect(failed.stderr).toMatch(
      /^rsync failed after 1 attempts: .*Connection refused.*\nvelox: no ssh server answers there; .*\nmarker written: /,
    )
    const record = marker()
    expect(Object.keys(record)).toEqual(['timestamp', 'destination', 'message_path', 'error', 'retry_log'])
    expect(record).toMatchObject({ destination: 'velox.bob', message_path: join(home.path, 'message.org') })
    expect(record.error).toContain('Connection refused')
    expect(record.retry_log).toEqual([{ time: expect.stringMatching(/^2.*\+00:00$/), error: record.error }])
    expect(readdirSync(temp)).toEqual([])
  })

  itLong('when the peer refuses the key', async () => {
    const keys = join(velox.home.path, 'authorized_keys')
    const before = readFileSync(keys)
    writeFileSync(keys, '')
    const failed = await send('--retries', '0')
    writeFileSync(keys, before)
    expect(failed.exitCode).toBe(3)
    expect(marker().error).toContain('Permission denied')
  })

  itLong('when the peer has no rsync', async () => {
    velox.home.stub('rsync', 'echo "rsync: command not found" >&2; exit 127')
    expect((await send('--retries', '0')).exitCode).toBe(3)
    expect(marker().error).toContain('command not found')
  })

  itLong('when the disk of the peer is full', async () => {
    const mounted = await home.exec('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', inbox])
    expect(mounted.exitCode, mounted.stderr).toBe(0)
    const large = home.write('large.org', messageText({}, 'x'.repeat(100_000)))
    const failed = await home.run('send', ['velox.bob', large, '--retries', '0'], options)
    const left = readdirSync(inbox)
    await home.exec('umount', ['--lazy', inbox])
    expect(failed.exitCode).toBe(3)
    expect(marker().error).toMatch(/No space left|exit 11 .*disk full/)
    expect(left.filter((name) => name.endsWith('.org'))).toEqual([])
  })

  itLong('and negative --retries allow no try', async () => {
    expect(await send('--retries', '-1')).toMatchObject({ exitCode: 3 })
    expect(marker()).toMatchObject({ error: 'no try was allowed', retry_log: [] })
  })
})

/** Starts a send to a peer that is down and waits until it waits for its next try. */
const startAndWaitForRetry = async (...args: string[]) => {
  const child = home.start('send', ['velox.bob', message(), ...args], options)
  const ended = outcomeOf(child)
  let said = ''
  child.stderr?.on('data', (text) => {
    said += text
  })
  await until(() => said.includes('retrying in'), 'a try that failed')
  return { child, ended }
}

describe('B12 waiting', () => {
  it('a mute peer ends a send within half a minute', async () => {
    const server = createServer().listen(22, '127.0.11.99')
    const config = join(home.path, 'ssh_config')
    const before = readFileSync(config, 'utf8')
    writeFileSync(config, before.replace(velox.address, '127.0.11.99'))
    const failed = await send('--retries', '0')
    writeFileSync(config, before)
    server.close()
    expect(failed.exitCode).toBe(3)
    expect(marker().error).toMatch(/timed out|no answer/i)
  })

  itLong('a peer that comes back between two tries gets the message', async () => {
    velox.stop()
    const { ended } = await startAndWaitForRetry('--retries', '1')
    velox.start()
    const sent = await ended
    expect(sent.exitCode, sent.stderr).toBe(0)
    expect(sent.stderr).toMatch(
      /^rsync attempt 1 failed: .*Connection refused.*; retrying in 5s\nvelox: no ssh server answers there; .*\n$/,
    )
    expect(readdirSync(inbox)).toHaveLength(2)
  })

  it('HALT ends it: exit 5, nothing more is pushed', async () => {
    velox.stop()
    const { ended } = await startAndWaitForRetry()
    writeFileSync(halt, 'stop it\n')
    const halted = await ended
    velox.start()
    expect(halted.exitCode).toBe(5)
    expect(halted.stderr.split('\n').slice(2, 3)).toEqual(['halt active: stop it'])
    expect(readdirSync(inbox)).toEqual([])
  })

  itLong('and so does Ctrl-C, leaving nothing behind', async () => {
    velox.stop()
    const { child, ended } = await startAndWaitForRetry()
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ signal: 'SIGINT' })
    velox.start()
    expect(readdirSync(temp)).toEqual([])
  })

  it('HALT between signature and message keeps the message back', async () => {
    // The peer brings the signature to its disk before the message may come.
    velox.home.stub('sync', `/bin/sync "$@"; echo now > "${halt}"`)
    const halted = await send()
    rmSync(join(velox.home.programs, 'sync'))
    expect(halted).toMatchObject({ exitCode: 5, stdout: '' })
    expect(readdirSync(inbox).map((name) => name.slice(-4))).toEqual(['.asc'])
  })
})

itLong('leaves the user to ssh where ssh_user is empty', async () => {
  const peers = join(home.path, '.config/cross-agent-comms/peers.toml')
  const before = readFileSync(peers, 'utf8')
  writeFileSync(peers, before.replace('ssh_user = "root"', 'ssh_user = ""'))
  const sent = await send()
  writeFileSync(peers, before)
  expect(sent).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^sent: velox:~\//) })
})

itLong('calls rsync with the arguments of the script', async () => {
  home.stub('rsync', `printf '%s\\n' "$@" >> "$HOME/rsync-args"; exec /usr/bin/rsync "$@"`)
  const sent = await send()
  rmSync(join(home.path, 'programs/rsync'))
  expect(sent).toMatchObject({ exitCode: 0 })
  // Two calls where the peer does not take the signature: test/conformance.
  const [a, file, target, ...rest] = readFileSync(join(home.path, 'rsync-args'), 'utf8').split('\n')
  expect([a, target, ...rest]).toEqual(['-a', 'root@velox:~/projects/bob/inbox/from-agents/', ''])
  expect(file).toMatch(/\/\d{8}T\d{6}Z-from-tmp-talk\.org$/)
})

describe('B37 HALT ends what a send waits for', () => {
  /** Runs a send beside a program that says when it runs and never ends by itself; sets HALT then. */
  const haltedDuring = async (program: string, ...args: string[]) => {
    const started = join(temp, 'started')
    home.stub(program, `: > "${started}"; exec sleep 600`)
    const sending = send(...args)
    await until(() => existsSync(started), `${program} runs`)
    writeFileSync(halt, 'stop it\n')
    const halted = await sending
    if (program === 'ssh') home.stub('ssh', `exec /usr/bin/ssh -F "${join(home.path, 'ssh_config')}" "$@"`)
    else rmSync(join(home.path, 'programs', program))
    rmSync(started)
    expect(readdirSync(temp)).toEqual([])
    return halted
  }
  it.each(
    sample(
      [
        ['git', []],
        ['gpg', []],
        ['ssh', ['--no-sign']],
        ['rsync', ['--no-sign']],
      ],
      1,
    ),
  )('%s: exit 5, no message there', async (program, args) => {
    const halted = await haltedDuring(program, ...args)
    expect(halted).toMatchObject({ exitCode: 5, stdout: '' })
    expect(halted.stderr).toMatch(/^halt active: stop it\n/)
    expect(readdirSync(inbox).filter((name) => name.endsWith('.org'))).toEqual([])
    expect(existsSync(failedSends)).toBe(false)
  })
})

it('B41 a peer that floods its errors: the marker and what is shown stay small, one line each', async () => {
  home.stub('rsync', `head -c 40000000 /dev/zero | tr '\\0' '\\033' >&2; exit 12`)
  const failed = await send('--no-sign', '--retries', '0')
  rmSync(join(home.path, 'programs/rsync'))
  expect(failed.exitCode).toBe(3)
  expect(failed.stderr.split('\n')).toHaveLength(5)
  expect(failed.stderr).not.toContain('\x1b')
  expect(failed.stderr.length).toBeLessThan(20_000)
  expect(JSON.stringify(marker()).length).toBeLessThan(40_000)
})

itLong('B33 a sender of any name: three sends are three messages', async () => {
  const cwd = join(home.path, 'fl\u2028our\u2029')
  mkdirSync(cwd)
  for (const body of ['one', 'two', 'three']) {
    const file = home.write('message.org', messageText({}, `${body}\n`))
    const sent = await home.run('send', ['velox.bob', file, '--no-sign'], { ...options, cwd })
    expect(sent.exitCode, sent.stderr).toBe(0)
  }
  const texts = readdirSync(inbox).map((name) => readFileSync(join(inbox, name), 'utf8').trimEnd())
  expect(texts.map((text) => text.split('\n').at(-1)).sort()).toEqual(['one', 'three', 'two'])
})

describe('B47 what killed senders left', () => {
  const old = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)
  itLong('an empty signature on the peer goes after a day, unless its message is there', async () => {
    const names = ['lone.org.asc', 'pair.org.asc', 'pair.org', 'signed.org.asc', 'fresh.org.asc']
    for (const name of names) {
      writeFileSync(join(inbox, name), name.startsWith('signed') ? 'x' : '')
      if (!name.startsWith('fresh')) utimesSync(join(inbox, name), old, old)
    }
    expect(await send('--no-sign')).toMatchObject({ exitCode: 0 })
    // The sender does not wait for it.
    await until(() => !existsSync(join(inbox, 'lone.org.asc')), 'the peer has cleared away')
    expect(readdirSync(inbox).filter((name) => !name.startsWith('2'))).toEqual(
      ['fresh.org.asc', 'pair.org', 'pair.org.asc', 'signed.org.asc'].sort(),
    )
  })
  itLong('a private folder here goes after a day', async () => {
    for (const name of ['cross-agent-send-dead00', 'cross-agent-send-live00', 'another']) {
      mkdirSync(join(temp, name))
      writeFileSync(join(temp, name, 'message.asc'), '')
    }
    mkdirSync(join(temp, 'cross-agent-send-photos'))
    writeFileSync(join(temp, 'cross-agent-send-photos', 'a.jpg'), '')
    for (const name of ['cross-agent-send-dead00', 'cross-agent-send-photos', 'another'])
      utimesSync(join(temp, name), old, old)
    expect(await send('--no-sign')).toMatchObject({ exitCode: 0 })
    expect(readdirSync(temp).sort()).toEqual([
      'another',
      'cross-agent-send-live00',
      'cross-agent-send-photos',
    ])
  })
})
