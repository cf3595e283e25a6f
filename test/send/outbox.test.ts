import { type ChildProcess, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { outcomeOf } from '../support/home'
import { isLong, itLong, LONGER, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedFleet } from '../support/own-home'
import { until } from '../support/until'

/** How often a sender is killed, and how often its connection is cut, each time a little later. */
const KILLS = isLong ? 15 : 1

const fleet = sharedFleet(['velox', 'elm'], 141)
const { home } = fleet
const velox = fleet.machine('velox')
const elm = fleet.machine('elm')
const inbox = velox.home.inbox('bob')
const state = join(home.path, '.local/state/cross-agent-comms')
const outbox = join(state, 'outbox')
const failedSends = join(state, 'failed-sends')
const temp = join(home.path, 't')
const halt = join(home.path, '.config/cross-agent-comms/HALT')
const options = { env: { TMPDIR: temp }, cwd: '/tmp' }

beforeAll(() => home.makeKey())
beforeEach(() => {
  mkdirSync(inbox, { recursive: true })
  mkdirSync(elm.home.inbox('bob'), { recursive: true })
  mkdirSync(temp)
})
afterEach(() => {
  for (const path of [
    join(velox.home.path, 'projects'),
    join(elm.home.path, 'projects'),
    join(velox.home.path, 'programs'),
    state,
    halt,
    temp,
  ])
    rmSync(path, { recursive: true, force: true })
})

const retry = (...args: string[]) => home.run('send', ['--retry-failed', ...args], options)
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const names = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : [])
const messages = (folder = inbox) => names(folder).filter((name) => name.endsWith('.org'))
const bodies = () =>
  [...messages(), ...messages(join(inbox, 'done')).map((name) => `done/${name}`)]
    .map((name) => readFileSync(join(inbox, name), 'utf8').trimEnd().split('\n').at(-1))
    .sort()
const expectedBodies = (count: number) =>
  numbers(count)
    .map((n) => `Number ${n}.`)
    .sort()

/** A send that fails at once, since nobody is there; the user's file is gone afterwards. */
async function fail(n: number, destination = 'velox.bob', ...args: string[]): Promise<string> {
  const file = home.write(`message-${n}.org`, messageText({ SEQUENCE: String(n) }, `Number ${n}.\n`))
  const sent = await home.run('send', [destination, file, '--retries', '0', ...args], options)
  rmSync(file)
  expect(sent).toMatchObject({ exitCode: 3, stdout: '' })
  return sent.stderr
}

async function failWhileDown(count: number, ...args: string[]): Promise<void> {
  velox.stop()
  await Promise.all(numbers(count).map((n) => fail(n, 'velox.bob', ...args)))
  velox.start()
}

function expectGoodSignatures(count: number): void {
  const signed = messages().filter((name) => {
    const args = ['--verify', join(inbox, `${name}.asc`), join(inbox, name)]
    return spawnSync('gpg', args, { env: home.env }).status === 0
  })
  expect(signed).toHaveLength(count)
  expect(names(inbox).filter((name) => !name.startsWith('.'))).toHaveLength(2 * count)
}

function expectNothingKept(): void {
  expect(names(outbox)).toEqual([])
  expect(names(failedSends)).toEqual([])
}

const hangs = join(temp, 'hangs')
const realSsh = `exec /usr/bin/ssh -F "${join(home.path, 'ssh_config')}" "$@"`

/** Each connection, or each to that machine, hangs from now on, and says so by a file. `ssh -G` makes none. */
function hangSsh(to = ''): void {
  home.stub('ssh', `case "$*" in -G*) ;; *${to}*) : > "${hangs}"; exec sleep 600 ;; esac; ${realSsh}`)
}

function letSshGo(): void {
  home.stub('ssh', realSsh)
  rmSync(hangs, { force: true })
}

/** Ends a program that was started detached, and what it has started. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** Whether a process has caught signals, and so has begun, and has no program of its own. */
function isWaiting(pid: number | undefined): boolean {
  const caught = /^SigCgt:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  // SIGHUP is the first.
  return (BigInt(`0x${caught}`) & 1n) === 1n
}

describe('C2 what could not be sent is kept', () => {
  it('with its signature, its name, its destination and the tries; the marker names it', async () => {
    velox.stop()
    const said = await fail(1)
    velox.start()
    const [marker = ''] = names(failedSends)
    const [entry = ''] = names(outbox)
    expect(marker).toBe(`${entry}.json`)
    const folder = join(outbox, entry)
    const [name = '', signature, record = ''] = names(folder)
    expect(name).toMatch(/^\d{8}T\d{6}Z-from-tmp-talk\.org$/)
    expect([signature, record]).toEqual([`${name}.asc`, 'entry.json'])
    expect(statSync(outbox).mode & 0o777).toBe(0o700)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const file of names(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, name), 'utf8')).toContain('Number 1.')
    const kept = JSON.parse(readFileSync(join(folder, record), 'utf8'))
    const { error, retry_log, ...others } = JSON.parse(readFileSync(join(failedSends, marker), 'utf8'))
    expect(kept).toEqual({ destination: 'velox.bob', name, signed: true, tries: retry_log })
    expect(error).toContain('Connection refused')
    expect(others).toMatchObject({ destination: 'velox.bob', message_path: join(home.path, 'message-1.org') })
    expect(said.split('\n').slice(-4)).toEqual([
      `marker written: ${join(failedSends, marker)}`,
      `message kept: ${join(folder, name)}`,
      'send it again with: cross-agent-send --retry-failed velox.bob',
      '',
    ])
  })

  it('and sent later: several messages, two runs at the same time', LONGER, async () => {
    const count = isLong ? 6 : 2
    await failWhileDown(count)
    const runs = await Promise.all([retry(), retry()])
    expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr.replace('nothing is kept\n', '')])).toEqual([
      [0, ''],
      [0, ''],
    ])
    const counts = runs.map(({ stdout }) => stdout.split('\n').length - 1)
    expect(counts.reduce((sum, sent) => sum + sent, 0)).toBe(count)
    expect(bodies()).toEqual(expectedBodies(count))
    expectGoodSignatures(count)
    expectNothingKept()
  })

  itLong('unsigned ones as well', async () => {
    await failWhileDown(3, '--no-sign')
    expect(await retry()).toMatchObject({ exitCode: 0 })
    expect(bodies()).toEqual(expectedBodies(3))
    expect(names(inbox)).toHaveLength(3)
    expectNothingKept()
  })

  itLong('under its name; where another message has that, under that of the next second', async () => {
    await failWhileDown(1)
    const [entry = ''] = names(outbox)
    const [name = ''] = names(join(outbox, entry))
    writeFileSync(join(inbox, name), 'another')
    writeFileSync(join(inbox, `${name}.asc`), 'of another')
    expect(await retry()).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(inbox, name), 'utf8')).toBe('another')
    expect(messages()).toHaveLength(2)
    expect(messages()[1]).toMatch(/^\d{8}T\d{6}Z-from-tmp-talk\.org$/)
    expect(messages()[1]).not.toBe(name)
  })

  itLong('where it cannot be kept its marker is written all the same', async () => {
    home.write('.local/state/cross-agent-comms/outbox', 'a file')
    velox.stop()
    const said = await fail(1)
    velox.start()
    expect(said).toMatch(/\nmarker written: .+\nnot kept: .+; send .+message-1\.org again .+\n$/)
    expect(names(failedSends)).toHaveLength(1)
  })

  itLong('a composed message is named by its marker, and sent', async () => {
    velox.stop()
    const sent = await home.run('send', ['velox.bob', '-m', 'Three sacks.', '--retries', '0'], options)
    velox.start()
    expect(sent).toMatchObject({ exitCode: 3 })
    const [marker = ''] = names(failedSends)
    const { message_path } = JSON.parse(readFileSync(join(failedSends, marker), 'utf8'))
    expect(message_path).toBe(
      join(outbox, marker.slice(0, -5), names(join(outbox, marker.slice(0, -5)))[0] ?? ''),
    )
    expect(readFileSync(message_path, 'utf8')).toContain('Three sacks.')
    expect(await retry('velox.bob')).toMatchObject({ exitCode: 0 })
    expect(messages()).toHaveLength(1)
    expectNothingKept()
  })

  itLong('a machine that cannot be reached is asked once, and no other waits for it', async () => {
    velox.stop()
    elm.stop()
    for (const n of numbers(4)) await fail(n)
    await fail(5, 'elm.bob')
    elm.start()
    home.stub(
      'ssh',
      `echo "$*" >> "$HOME/asked"; exec /usr/bin/ssh -F "${join(home.path, 'ssh_config')}" "$@"`,
    )
    const tried = await retry()
    home.stub('ssh', `exec /usr/bin/ssh -F "${join(home.path, 'ssh_config')}" "$@"`)
    velox.start()
    expect(tried.exitCode).toBe(3)
    expect(tried.stderr).toContain('velox.bob: ')
    expect(tried.stderr).toContain('not tried, because they go to the same machine: 3 more\n')
    expect(tried.stderr).toContain('still kept: 4; ')
    expect(messages(elm.home.inbox('bob'))).toHaveLength(1)
    const asked = readFileSync(join(home.path, 'asked'), 'utf8').split('\n')
    expect(asked.filter((call) => call.includes('velox') && !call.startsWith('-G'))).toHaveLength(1)
    const [first = ''] = names(outbox)
    expect(JSON.parse(readFileSync(join(outbox, first, 'entry.json'), 'utf8')).tries).toHaveLength(2)
    expect(names(failedSends)).toHaveLength(4)
  })

  itLong('for one destination: 0 once nothing is kept for it', async () => {
    velox.stop()
    elm.stop()
    await fail(1)
    await fail(2, 'elm.bob')
    velox.start()
    expect(await retry('velox.bob')).toMatchObject({ exitCode: 0 })
    expect(await retry('velox.bob')).toMatchObject({
      exitCode: 0,
      stderr: 'nothing is kept for velox.bob\nkept messages are for: elm.bob\n',
    })
    expect(await retry('elm.bob')).toMatchObject({ exitCode: 3 })
    expect(await retry()).toMatchObject({ exitCode: 3 })
    elm.start()
    expect(await retry()).toMatchObject({ exitCode: 0 })
    expectNothingKept()
  })

  itLong('a project that is not there keeps no other back', async () => {
    velox.stop()
    await fail(1, 'velox.nobody')
    await fail(2)
    velox.start()
    const tried = await retry()
    expect(tried.exitCode).toBe(3)
    expect(tried.stderr).toContain('is not on velox')
    expect(bodies()).toEqual(['Number 2.'])
    expect(names(outbox)).toHaveLength(1)
  })

  const harms: [string, (folder: string) => void][] = [
    ['no record', (folder: string) => rmSync(join(folder, 'entry.json'))],
    ['a damaged record', (folder: string) => writeFileSync(join(folder, 'entry.json'), '{"name": "../x"}')],
    ['no signature', (folder: string) => rmSync(join(folder, names(folder)[1] ?? ''))],
    ['no message', (folder: string) => rmSync(join(folder, names(folder)[0] ?? ''))],
  ]
  it.each(sample(harms, 1))('what cannot be read is named and kept: %s', async (_, harm) => {
    velox.stop()
    await fail(1)
    const [entry = ''] = names(outbox)
    await fail(2)
    velox.start()
    harm(join(outbox, entry))
    const before = names(join(outbox, entry))
    const tried = await retry()
    expect(tried.exitCode, tried.stderr).toBe(3)
    expect(tried.stderr).toContain(entry)
    expect(names(join(outbox, entry))).toEqual(before)
    expect(names(outbox)).toEqual([entry])
    expect(names(failedSends)).toEqual([`${entry}.json`])
    expect(messages()).toHaveLength(1)
  })

  itLong('status says how many are kept, only when some are', async () => {
    const shown = async () => ({
      table: (await home.run('status', [])).stdout,
      json: JSON.parse((await home.run('status', ['--json'])).stdout),
    })
    const before = await shown()
    expect(Object.keys(before.json)).toEqual(['scanned_at', 'halt_active', 'projects'])
    await failWhileDown(2)
    const { table, json } = await shown()
    expect(json.outbox_count).toBe(2)
    expect(table).toBe(
      `${before.table}⚠ 2 messages that could not be sent are kept: cross-agent-send --retry-failed\n`,
    )
  })

  it('HALT: 5, and nothing is touched', async () => {
    await failWhileDown(1)
    writeFileSync(halt, 'stop it\n')
    expect(await retry()).toMatchObject({ exitCode: 5, stdout: '' })
    expect(names(inbox)).toEqual([])
    expect(names(outbox)).toHaveLength(1)
    expect(names(failedSends)).toHaveLength(1)
  })

  itLong(
    'whoever waits for another run goes on when that is killed; HALT and signals end the wait',
    async () => {
      await failWhileDown(1)
      for (const end of ['halt', 'signal', 'kill']) {
        hangSsh()
        const other = home.start('send', ['--retry-failed'], { ...options, detached: true })
        const otherEnded = outcomeOf(other)
        await until(() => existsSync(hangs), 'the other run is at it')
        const child = home.start('send', ['--retry-failed'], options)
        const ended = outcomeOf(child)
        await until(() => isWaiting(child.pid), 'it waits')
        letSshGo()
        if (end === 'halt') writeFileSync(halt, 'stop it\n')
        else if (end === 'signal') child.kill('SIGTERM')
        else killGroup(other)
        const { exitCode, signal, stderr } = await ended
        expect({ exitCode, signal }, stderr).toEqual({
          exitCode: end === 'halt' ? 5 : end === 'kill' ? 0 : null,
          signal: end === 'signal' ? 'SIGTERM' : null,
        })
        killGroup(other)
        await otherEnded
        rmSync(halt, { force: true })
      }
      expect(messages()).toHaveLength(1)
      expectNothingKept()
    },
  )

  itLong('B72 what hangs at one machine keeps no other waiting', async () => {
    velox.stop()
    elm.stop()
    await fail(1)
    await fail(2, 'elm.bob')
    await fail(3, 'elm.bob')
    velox.start()
    elm.start()
    hangSsh('velox')
    const hanging = home.start('send', ['--retry-failed', 'velox.bob'], { ...options, detached: true })
    const ended = outcomeOf(hanging)
    await until(() => existsSync(hangs), 'it hangs')
    expect(await retry('elm.bob')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(messages(elm.home.inbox('bob'))).toHaveLength(2)
    const kept = () => home.run('status', ['--json']).then(({ stdout }) => JSON.parse(stdout).outbox_count)
    expect(await kept()).toBe(1)
    killGroup(hanging)
    await ended
    letSshGo()
    expect(await retry()).toMatchObject({ exitCode: 0 })
    expect(messages()).toHaveLength(1)
    expectNothingKept()
  })

  it('nothing else goes with --retry-failed', async () => {
    for (const args of [['-m', 'x'], ['velox.bob', 'file.org'], ['--no-sign']])
      expect((await retry(...args)).exitCode).toBe(2)
    expect(await retry()).toMatchObject({ exitCode: 0, stdout: '', stderr: 'nothing is kept\n' })
    expect(existsSync(state)).toBe(false)
  })
})

describe('B53 a message is kept before the first try', () => {
  const file = () => home.write('message.org', messageText({}, 'Number 0.\n'))
  const status = async () => JSON.parse((await home.run('status', ['--json'])).stdout).outbox_count

  /** A send to a machine that is down, once it waits for its next try. */
  async function startSend(...args: string[]) {
    velox.stop()
    const child = home.start('send', ['velox.bob', ...args], options)
    const ended = outcomeOf(child)
    let said = ''
    child.stderr?.on('data', (text) => {
      said += text
    })
    await until(() => said.includes('no ssh server answers there'), 'the cause is said after the first try')
    expect(said.split('\n')).toHaveLength(3)
    velox.start()
    return { child, ended }
  }

  const kinds: [string, () => string[]][] = [
    ['signed', () => [file()]],
    ['unsigned', () => [file(), '--no-sign']],
    ['composed', () => ['-m', 'Number 0.']],
  ]
  it.each(sample(kinds, 1))(
    '%s: nobody counts or sends it while its sender lives; killed, it is',
    async (kind, args) => {
      const { child, ended } = await startSend(...args())
      expect(await status()).toBeUndefined()
      expect(await retry()).toMatchObject({ exitCode: 0, stdout: '', stderr: 'nothing is kept\n' })
      child.kill('SIGKILL')
      await ended
      expect(names(failedSends)).toEqual([])
      expect(await status()).toBe(1)
      expect(await retry()).toMatchObject({ exitCode: 0, stderr: '' })
      expect(bodies()).toEqual(['Number 0.'])
      if (kind !== 'unsigned') expectGoodSignatures(1)
      expectNothingKept()
      expect(await status()).toBeUndefined()
    },
  )

  itLong('also where it is killed at its first call of ssh', async () => {
    hangSsh()
    const child = home.start('send', ['velox.bob', file()], { ...options, detached: true })
    const ended = outcomeOf(child)
    await until(() => existsSync(hangs), 'it has begun')
    killGroup(child)
    await ended
    letSshGo()
    expect(await status()).toBe(1)
    expect(await retry('velox.bob')).toMatchObject({ exitCode: 0 })
    expect(bodies()).toEqual(['Number 0.'])
    expectNothingKept()
  })

  it.each(sample(['halt', 'SIGTERM'] as const, 1))(
    '%s leaves it, and nothing else, and says so',
    async (end) => {
      const { child, ended } = await startSend(file())
      if (end === 'halt') writeFileSync(halt, 'stop it\n')
      else child.kill(end)
      const { exitCode, signal, stderr } = await ended
      expect({ exitCode, signal }).toEqual(
        end === 'halt' ? { exitCode: 5, signal: null } : { exitCode: null, signal: end },
      )
      rmSync(halt, { force: true })
      const folder = join(outbox, names(outbox)[0] ?? '')
      const last = stderr.trimEnd().split('\n').at(-1)
      expect(last).toMatch(
        /^message kept: .+; send it again with: cross-agent-send --retry-failed velox\.bob$/,
      )
      expect(last).toContain(`${folder}/2`)
      expect(names(temp)).toEqual([])
      // Where the peer was asked for no name, one was claimed here.
      expect(names(state).filter((name) => name !== 'claims')).toEqual(['outbox'])
      expect(names(join(state, 'claims'))).toEqual([])
      expect(await retry()).toMatchObject({ exitCode: 0 })
      expect(bodies()).toEqual(['Number 0.'])
    },
  )

  itLong('gone after success, and where the outbox cannot be written it is sent all the same', async () => {
    expect(await home.run('send', ['velox.bob', file()], options)).toMatchObject({ exitCode: 0, stderr: '' })
    expectNothingKept()
    rmSync(state, { recursive: true })
    home.write('.local/state/cross-agent-comms', 'a file')
    expect(await home.run('send', ['velox.bob', file()], options)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(messages()).toHaveLength(2)
  })

  it('but not one for this machine, nor one that is not to be sent', async () => {
    mkdirSync(home.inbox('bob'), { recursive: true })
    for (const args of [
      ['velox.bob', file(), '--dry-run'],
      ['local.bob', file()],
    ])
      expect(await home.run('send', args, options)).toMatchObject({ exitCode: 0 })
    rmSync(join(home.path, 'projects'), { recursive: true })
    expect(existsSync(state)).toBe(false)
  })

  itLong(
    'B48 sent and taken out where the state folder is a link; nothing else is removed there',
    async () => {
      const elsewhere = join(home.path, 'elsewhere')
      mkdirSync(join(elsewhere, 'outbox/.tmp.1-a'), { recursive: true })
      writeFileSync(join(elsewhere, 'outbox/.tmp.1-a/entry.json'), '')
      utimesSync(join(elsewhere, 'outbox/.tmp.1-a'), 1, 1)
      mkdirSync(dirname(state), { recursive: true })
      symlinkSync(elsewhere, state)
      await failWhileDown(1)
      expect(await retry()).toMatchObject({ exitCode: 0 })
      expect(bodies()).toEqual(['Number 0.'])
      expect(names(join(elsewhere, 'outbox'))).toEqual(['.tmp.1-a'])
      rmSync(state)
      rmSync(elsewhere, { recursive: true })
    },
  )
})

describe('C2 each message is there exactly once', () => {
  it.each(sample(['inbox', 'done'], 1))('though it had arrived: it lies in %s', async (place) => {
    await failWhileDown(2)
    // The connection breaks when the message is there.
    const kept = names(outbox).map((entry) => join(outbox, entry))
    mkdirSync(join(inbox, 'done'))
    for (const folder of kept) {
      const [message = '', signature = ''] = names(folder)
      const target = place === 'inbox' ? inbox : join(inbox, 'done')
      if (existsSync(join(target, message))) continue
      for (const name of [message, signature])
        writeFileSync(join(target, name), readFileSync(join(folder, name)))
    }
    expect(await retry()).toMatchObject({ exitCode: 0 })
    expect(bodies()).toEqual(expectedBodies(2))
    expectNothingKept()
  })

  itLong('though its signature had arrived', async () => {
    await failWhileDown(1)
    const folder = join(outbox, names(outbox)[0] ?? '')
    const [message = '', signature = ''] = names(folder)
    writeFileSync(join(inbox, signature), readFileSync(join(folder, signature)))
    expect(await retry()).toMatchObject({ exitCode: 0 })
    expect(messages()).toEqual([message])
    expectGoodSignatures(1)
  })

  itLong('an unsigned one that had arrived', async () => {
    await failWhileDown(1, '--no-sign')
    const folder = join(outbox, names(outbox)[0] ?? '')
    const [, message = ''] = names(folder).reverse()
    writeFileSync(join(inbox, message), readFileSync(join(folder, message)))
    expect(await retry()).toMatchObject({ exitCode: 0 })
    expect(names(inbox)).toEqual([message])
  })

  itLong('where the connection is cut on the side of the peer', async () => {
    // The session ends when the message lies there, before anybody here learns of it.
    velox.home.stub('rsync', '/usr/bin/rsync "$@"; sleep 602.141')
    const daemon = join(velox.home.path, 'sshd.pid')
    // Newer versions of sshd have two processes for a session: all between the daemon and this one are killed.
    velox.home.stub(
      'sync',
      `case "$*" in *.org\\ .) ;; *) exit 0 ;; esac
      daemon=$(cat ${daemon}); pid=$PPID
      until [ "$pid" -le 1 ] || [ "$pid" = "$daemon" ]; do
        session="$session $pid"; pid=$(ps -o ppid= -p "$pid" | tr -d ' ')
      done
      kill -KILL $session`,
    )
    const file = home.write('cut.org', messageText({}, 'Number 0.\n'))
    const sent = await home.run('send', ['velox.bob', file, '--retries', '0'], options)
    rmSync(file)
    expect(sent.exitCode, sent.stderr).toBe(3)
    spawnSync('pkill', ['-f', 'sleep 602.141'])
    rmSync(join(velox.home.path, 'programs'), { recursive: true })
    const before = messages()
    expect(before).toHaveLength(1)
    expect(await retry()).toMatchObject({ exitCode: 0 })
    expect(messages()).toEqual(before)
    expectGoodSignatures(1)
    expectNothingKept()
  })

  it.each(numbers(KILLS))('where the sender is killed: %i', async (kill) => {
    await failWhileDown(3)
    const child = home.start('send', ['--retry-failed'], { ...options, detached: true })
    const ended = outcomeOf(child)
    await new Promise((resolve) => setTimeout(resolve, 60 + ((kill * 97) % 900)))
    child.kill('SIGKILL')
    await ended
    await until(
      () => spawnSync('pgrep', ['-f', `ControlPath=${temp}`]).status !== 0,
      'the killed connection is closed',
    )
    const again = await retry()
    expect(again.exitCode, `${again.signal} ${again.stderr}`).toBe(0)
    expect(bodies()).toEqual(expectedBodies(3))
    expectGoodSignatures(3)
    expectNothingKept()
  })

  it.runIf(isLong).each(numbers(KILLS))('where the peer cuts it off: %i', async (cut) => {
    await failWhileDown(3)
    const running = retry()
    await new Promise((resolve) => setTimeout(resolve, 60 + ((cut * 97) % 900)))
    // What serves our connections, and not what waits for others.
    const daemon = readFileSync(join(velox.home.path, 'sshd.pid'), 'utf8').trim()
    spawnSync('pkill', ['-KILL', '-P', daemon])
    await running
    const again = await retry()
    expect(again.exitCode, `${again.signal} ${again.stderr}`).toBe(0)
    expect(bodies()).toEqual(expectedBodies(3))
    expectGoodSignatures(3)
    expectNothingKept()
  })

  itLong('on a peer that runs rsync only', async () => {
    const keys = join(velox.home.path, 'authorized_keys')
    const before = readFileSync(keys, 'utf8')
    const gate = velox.home.write(
      'gate',
      '#!/bin/sh\nset -f\ncase $SSH_ORIGINAL_COMMAND in "rsync --server "*) exec $SSH_ORIGINAL_COMMAND ;; esac\nexit 1\n',
      0o755,
    )
    const peers = join(home.path, '.config/cross-agent-comms/peers.toml')
    const peersBefore = readFileSync(peers, 'utf8')
    writeFileSync(peers, `${peersBefore}\n[projects.bob]\ninbox_path = "${inbox}"\n`)
    writeFileSync(keys, `command="${gate}",restrict ${before}`)
    try {
      await failWhileDown(3)
      // Killed when its first message has arrived: its claim of the name is left.
      const child = home.start('send', ['--retry-failed'], options)
      const ended = outcomeOf(child)
      await until(() => messages().length > 0, 'a message has arrived')
      child.kill('SIGKILL')
      await ended
      const again = await retry()
      expect(again.exitCode, `${again.signal} ${again.stderr}`).toBe(0)
      expect(bodies()).toEqual(expectedBodies(3))
      expectGoodSignatures(3)
      expectNothingKept()
      // Its receiver is done with one that had arrived.
      await failWhileDown(1)
      const folder = join(outbox, names(outbox)[0] ?? '')
      mkdirSync(join(inbox, 'done'))
      for (const name of names(folder).filter((found) => found !== 'entry.json'))
        writeFileSync(join(inbox, 'done', name), readFileSync(join(folder, name)))
      expect(await retry()).toMatchObject({ exitCode: 0 })
      expect(messages()).toHaveLength(3)
      expectNothingKept()
    } finally {
      writeFileSync(keys, before)
      writeFileSync(peers, peersBefore)
    }
  })
})
