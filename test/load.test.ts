import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mapParallel } from '@cac/core/parallel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Home, type Outcome, outcomeOf } from './support/home'
import { messageText } from './support/message'
import { hasRoot } from './support/root'

let home: Home
beforeEach(() => {
  home = new Home()
  mkdirSync(home.inbox('bob'), { recursive: true })
})
afterEach(() => home.remove())

const messages = () => readdirSync(home.inbox('bob')).filter((name) => /^\d.*\.org$/.test(name))

describe('many at once', () => {
  it('200 senders, 8 at a time, while recv, status and watch look on: every message arrives once and whole', async () => {
    const count = 200
    await home.makeKey()
    home.stub('notify', 'exit 0')
    const files = Array.from({ length: count }, (_, n) => {
      return home.write(
        `out/${n}.org`,
        messageText({ CONVERSATION_ID: `talk-${n % 5}`, SEQUENCE: String(n) }, `Number ${n}.\n`),
      )
    })
    const watcher = home.start('watch', ['--quiet', '--no-notify'])
    const watched = outcomeOf(watcher)
    let isSending = true
    const looks: Outcome[] = []
    const look = async (run: () => Promise<Outcome>) => {
      while (isSending) looks.push(await run())
    }
    const looking = Promise.all([
      look(() => home.run('status', ['--json'])),
      look(() => {
        const name = messages().at(-1)
        return name === undefined ? home.run('status', []) : home.run('recv', [join(home.inbox('bob'), name)])
      }),
    ])
    const sent = await mapParallel(files, 8, (file) => home.run('send', ['local.bob', file], { cwd: '/tmp' }))
    isSending = false
    await looking
    expect(sent.filter(({ exitCode }) => exitCode !== 0)).toEqual([])
    expect(looks.filter(({ exitCode }) => exitCode !== 0)).toEqual([])
    const bodies = messages().map(
      (name) => readFileSync(join(home.inbox('bob'), name), 'utf8').split('\n\n')[1],
    )
    expect(bodies).toHaveLength(count)
    expect(new Set(bodies).size).toBe(count)
    const received = await mapParallel(messages(), 4, (name) =>
      home.run('recv', [join(home.inbox('bob'), name)]),
    )
    expect(received.filter(({ exitCode }) => exitCode !== 0)).toEqual([])
    await sleep(3000)
    watcher.kill()
    await watched
    const log = readFileSync(join(home.path, '.local/state/cross-agent-comms/watch.log'), 'utf8')
      .trimEnd()
      .split('\n')
    expect(new Set(log).size).toBe(log.length)
    expect(readdirSync(home.inbox('bob')).filter((name) => name.startsWith('.'))).toEqual([])
    console.log(
      `messages sent under load: ${count}, lost: ${count - new Set(bodies).size}, looks meanwhile: ${looks.length}`,
    )
  })

  it('halts and resumes during everything: a message is sent and there, or it is not', async () => {
    const file = home.write('message.org', messageText())
    home.stub('systemctl', 'exit 0')
    let isSending = true
    const braking = (async () => {
      while (isSending) {
        const set = await Promise.all([home.run('halt', ['now']), home.run('halt', ['and', 'again'])])
        const released = await Promise.all([home.run('resume', []), home.run('resume', [])])
        for (const outcome of [...set, ...released])
          expect(outcome).toMatchObject({ exitCode: 0, stderr: '' })
      }
    })()
    const sent = await mapParallel(Array.from({ length: 60 }), 4, () =>
      home.run('send', ['local.bob', file, '--no-sign'], { cwd: '/tmp' }),
    )
    isSending = false
    await braking
    expect(sent.filter(({ exitCode }) => exitCode !== 0 && exitCode !== 5)).toEqual([])
    expect(messages()).toHaveLength(sent.filter(({ exitCode }) => exitCode === 0).length)
    expect(readdirSync(home.inbox('bob')).filter((name) => !messages().includes(name))).toEqual([])
  })
})

describe('faults around the commands', () => {
  const message = () => home.write('message.org', messageText())
  const send = (...args: string[]) => home.run('send', ['local.bob', message(), ...args], { cwd: '/tmp' })
  const oneLine = /^[^\n]+\n([^\n]+\n)?$/

  it.runIf(hasRoot)(
    'a full disk: one line, exit 1, nothing half-written, and it works once there is room',
    async () => {
      const inbox = home.inbox('bob')
      const mounted = await home.exec('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', inbox])
      expect(mounted.exitCode, mounted.stderr).toBe(0)
      try {
        writeFileSync(join(inbox, 'filler'), Buffer.alloc(60_000))
        const large = home.write('large.org', messageText({}, 'x'.repeat(20_000)))
        const failed = await home.run('send', ['local.bob', large, '--no-sign'], { cwd: '/tmp' })
        expect(failed).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(oneLine) })
        expect(failed.stderr).toContain('ENOSPC')
        expect(readdirSync(inbox)).toEqual(['filler'])
        rmSync(join(inbox, 'filler'))
        expect(await home.run('send', ['local.bob', large, '--no-sign'], { cwd: '/tmp' })).toMatchObject({
          exitCode: 0,
        })
      } finally {
        await home.exec('umount', ['--lazy', inbox])
      }
    },
  )

  it.runIf(hasRoot)('a read-only inbox', async () => {
    const inbox = home.inbox('bob')
    await home.exec('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', inbox])
    const failed = await send('--no-sign')
    await home.exec('umount', ['--lazy', inbox])
    expect(failed).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(oneLine) })
    expect(failed.stderr).toContain('EROFS')
  })

  it('too few file descriptors: one line, the documented exit code', async () => {
    for (const [command, args, exits] of [
      ['send', ['local.bob', message(), '--no-sign'], [0, 1]],
      ['recv', ['--no-verify', message()], [0, 3]],
      ['status', [], [0, 1]],
    ] as const) {
      const line = `ulimit -n 22; exec node "$0" "$@"`
      const bin = join(import.meta.dirname, `../packages/${command}/bin/cross-agent-${command}.js`)
      const outcome = await home.exec('sh', ['-c', line, bin, ...args], { cwd: '/tmp' })
      expect(exits, JSON.stringify(outcome)).toContain(outcome.exitCode)
      expect(outcome.stderr).not.toMatch(/^\s+at |node:internal/m)
    }
  })

  it('no HOME at all, or one that is not there', async () => {
    const file = message()
    for (const env of [{ HOME: '' }, { HOME: '/nonexistent/home' }]) {
      for (const [command, args, exits] of [
        ['status', [], [0]],
        ['recv', ['--no-verify', file], [0]],
        ['discover', [], [0]],
        ['watch', [], [1]],
      ] as const) {
        const outcome = await home.run(command, args, { env })
        expect(exits, JSON.stringify(outcome)).toContain(outcome.exitCode)
        expect(outcome.stderr).not.toMatch(/^\s+at |node:internal/m)
      }
    }
  })

  it.runIf(hasRoot)('a read-only HOME: one line each, and what only reads goes on', async () => {
    const mounted = await home.exec('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', home.path])
    expect(mounted.exitCode, mounted.stderr).toBe(0)
    const outcomes: (Outcome & { command: string; exit: number })[] = []
    try {
      for (const [command, args, exit] of [
        ['halt', ['--no-stop-watcher', 'x'], 1],
        ['send', ['local.bob', '/dev/null'], 1],
        ['resume', [], 0],
        ['status', [], 0],
        ['discover', [], 0],
      ] as const) {
        const outcome = await home.run(command, args, { cwd: '/tmp', env: { PATH: '/usr/bin:/bin' } })
        outcomes.push({ command, exit, ...outcome })
      }
    } finally {
      await home.exec('umount', ['--lazy', home.path], { cwd: '/tmp' })
    }
    for (const { command, exit, exitCode, stderr } of outcomes) {
      expect(exitCode, `${command}: ${stderr}`).toBe(exit)
      expect(stderr).not.toMatch(/^\s+at |node:internal/m)
    }
    expect(outcomes[0]?.stderr).toMatch(/^cannot write .*HALT: EROFS/)
  })

  it('an rsync that is killed half-way: the marker says so', async () => {
    home.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\nhost = "velox.invalid"\n')
    home.stub('ssh', 'echo "ssh: connect to host velox.invalid port 22: Connection refused" >&2; exit 255')
    home.stub('rsync', 'kill -9 $$')
    const failed = await home.run('send', ['velox.bob', message(), '--no-sign', '--retries', '0'], {
      cwd: '/tmp',
    })
    expect(failed).toMatchObject({ exitCode: 3, stdout: '' })
    const folder = join(home.path, '.local/state/cross-agent-comms/failed-sends')
    const [marker] = readdirSync(folder)
    expect(JSON.parse(readFileSync(join(folder, marker ?? ''), 'utf8'))).toMatchObject({ error: 'exit -9' })
  })

  it('a folder removed under our feet while gpg signs', async () => {
    home.stub('gpg', 'while [ "$1" != --output ]; do shift; done; echo SIG > "$2"; rm -r "$HOME/projects"')
    const sent = await send()
    expect(sent).toMatchObject({ exitCode: 0 })
    expect(messages()).toHaveLength(1)
  })

  it('a gpg that hangs is ended with the send by a signal, a gpg agent that is killed comes back', async () => {
    await home.makeKey()
    expect(await send()).toMatchObject({ exitCode: 0 })
    await home.exec('gpgconf', ['--kill', 'all'])
    expect(await send()).toMatchObject({ exitCode: 0 })
  })

  it('a clock that is set back moves no message before another', async () => {
    expect(await send('--no-sign')).toMatchObject({ exitCode: 0 })
    const [only] = messages()
    const ahead = only?.replace(/^\d{4}/, '2999')
    writeFileSync(join(home.inbox('bob'), ahead ?? ''), messageText())
    expect((await home.run('recv', ['--no-verify', join(home.inbox('bob'), only ?? '')])).exitCode).toBe(0)
    expect((await home.run('recv', ['--no-verify', join(home.inbox('bob'), ahead ?? '')])).exitCode).toBe(1)
  })
})
