import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mapParallel } from '@cac/core/programs/parallel'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { type Outcome, outcomeOf } from '../support/home'
import { isLong, LONGER } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'
import { hasRoot } from '../support/root'
import { until } from '../support/until'

/** Senders of signed messages. */
const SENDERS = isLong ? 150 : 8
/** Milliseconds between two looks at the inbox by others. */
const PAUSE = 100

beforeEach(() => mkdirSync(home.inbox('bob'), { recursive: true }))

const messages = () => readdirSync(home.inbox('bob')).filter((name) => /^\d.*\.org$/.test(name))

describe('many at once', () => {
  it(
    `${SENDERS} senders, 8 at a time, while recv, status and watch look on: every message arrives once and whole`,
    LONGER,
    async () => {
      const count = SENDERS
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
      const logFile = join(home.path, '.local/state/cross-agent-comms/watch.log')
      const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n') : [])
      // What is there before a watcher begins is not news to it.
      await until(() => {
        writeFileSync(join(home.inbox('bob'), `probe-${Date.now()}`), '')
        return log().length > 0
      }, 'the watcher is ready')
      let isSending = true
      const looks: Outcome[] = []
      const look = async (run: () => Promise<Outcome>) => {
        for (; isSending; await sleep(PAUSE)) looks.push(await run())
      }
      const looking = Promise.all([
        look(() => home.run('status', ['--json'])),
        look(() => {
          const name = messages().at(-1)
          return name === undefined
            ? home.run('status', [])
            : home.run('recv', [join(home.inbox('bob'), name)])
        }),
      ])
      const sent = await mapParallel(files, 8, (file) =>
        home.run('send', ['local.bob', file], { cwd: '/tmp' }),
      )
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
      const told = () =>
        log()
          .map((line) => line.split('\t')[2] ?? line)
          .filter((name) => !name.startsWith('probe-'))
      await until(() => new Set(told()).size === count, 'each message is told of')
      // The look that tells of it sees the whole folder: it would tell again what is told twice.
      writeFileSync(join(home.inbox('bob'), 'probe-last'), '')
      await until(() => log().some((line) => line.includes('probe-last')), 'another look')
      watcher.kill()
      await watched
      expect(told().sort()).toEqual(messages().sort())
      expect(readdirSync(home.inbox('bob')).filter((name) => name.startsWith('.'))).toEqual([])
      console.log(
        `messages sent under load: ${count}, lost: ${count - new Set(bodies).size}, looks meanwhile: ${looks.length}`,
      )
    },
  )

  it('halts and resumes during everything: a message is sent and there, or it is not', LONGER, async () => {
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
    const sent = await mapParallel(Array.from({ length: SENDERS / 2 }), 4, () =>
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

  describe('too few file descriptors', () => {
    const within = (limit: number, command: string, args: readonly string[]) =>
      home.exec('sh', ['-c', `ulimit -n ${limit}; exec node "$0" "$@"`, binOf(command), ...args], {
        cwd: '/tmp',
      })
    /** The smallest limit with which node itself reads and runs a bundle: one descriptor is free then. */
    const smallestLimit = async () => {
      for (let limit = known ?? 10; limit < 60; limit++) {
        if ((await within(limit, 'status', ['--version'])).exitCode !== 0) continue
        known = limit
        return limit
      }
      throw new Error('node starts with none of these limits')
    }
    /** What has been found out already. */
    let known: number | undefined
    const NOT_STARTED = 'the program could not be started (EMFILE)'
    const DOES_NOT_HOLD =
      '("Watcher restarted" does not hold then; install it with: cross-agent-watch --service install)'

    itLong('what calls no program works, the rest ends with one line and its exit code', async () => {
      const limit = await smallestLimit()
      home.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\n')
      const file = message()
      const received = join(home.inbox('bob'), 'm.org')
      writeFileSync(received, messageText({ CONVERSATION_ID: 'other' }))
      writeFileSync(`${received}.asc`, 'SIG')
      for (const [command, args, exitCode, stdout, stderr] of [
        ['send', ['local.bob', file, '--no-sign'], 0, /^sent: /, ''],
        [
          'send',
          ['local.bob', file, '--key', 'x'],
          1,
          /^$/,
          `signing failed: ${NOT_STARTED}\nfix that and send again: nothing was sent\n`,
        ],
        ['recv', ['--no-verify', received], 0, /^decision: process\n/, ''],
        ['recv', [received], 3, /^decision: reject\nreason: gpg verify failed: .*EMFILE\)$/m, ''],
        ['status', [], 0, /^bob +1 /m, ''],
        ['discover', [], 0, /velox .*✗ UNREACHABLE \(ssh probe failed\)/, ''],
        ['halt', ['x'], 0, /✓/, `warning: the watcher was not stopped: ${NOT_STARTED}\n`],
        ['resume', [], 0, /✓/, `warning: the watcher was not started: ${NOT_STARTED} ${DOES_NOT_HOLD}\n`],
      ] as const) {
        // Advice on SEQUENCE is no part of this: the message is the first of its conversation each time.
        for (const name of messages()) rmSync(join(home.inbox('bob'), name))
        const outcome = await within(limit, command, args)
        expect(outcome, command).toMatchObject({ exitCode, stdout: expect.stringMatching(stdout), stderr })
      }
      expect(messages()).toEqual([])
    })

    itLong('B48 a send that cannot start gpg leaves nothing, however few there are', async () => {
      const limit = await smallestLimit()
      const file = message()
      const temp = join(home.path, 'temp')
      mkdirSync(temp)
      const env = { TMPDIR: temp }
      for (let more = 0; more < 6; more++) {
        const args = ['-c', `ulimit -n ${limit + more}; exec node "$0" "$@"`, binOf('send')]
        const sent = await home.exec('sh', [...args, 'local.bob', file, '--key', 'x'], { cwd: '/tmp', env })
        expect(sent.exitCode).toBe(1)
        expect(readdirSync(temp), `${more} more`).toEqual([])
      }
    })

    itLong('a watcher goes on without programs, with one line', async () => {
      const limit = await smallestLimit()
      // A descriptor for the events of the kernel, one for the log, and none for three pipes.
      const line = `ulimit -n ${limit + 2}; exec node "$0" "$@"`
      const child = home.spawn('sh', ['-c', line, binOf('watch'), '--no-notify'], { cwd: '/tmp' })
      const watched = outcomeOf(child)
      const said = { stdout: '', stderr: '' }
      for (const stream of ['stdout', 'stderr'] as const)
        child[stream]?.on('data', (text: string) => {
          said[stream] += text
        })
      await until(() => said.stdout !== '' && said.stderr !== '', 'the watcher goes on')
      writeFileSync(join(home.inbox('bob'), 'm.org'), messageText())
      await until(() => said.stdout.includes('m.org'), 'the message is told of')
      child.kill()
      expect(await watched).toMatchObject({
        signal: 'SIGTERM',
        stdout: expect.stringMatching(/^\[.*\] bob: m\.org$/m),
        stderr: 'cross-agent-watch: inotifywait failed: EMFILE; going on without it\n',
      })
    })
  })

  describe('a HOME that is empty, not there, or no folder', () => {
    const nowhere = () => join(home.path, 'not/there')
    const SYSTEMCTL = { PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: '/nonexistent' }
    const notWatched = (action: string) => new RegExp(`^warning: the watcher was not ${action}: [^\n]+\n$`)
    const noInbox = (glob: string) =>
      `cross-agent-watch: glob resolved 0 directories: ${glob}/projects/*/inbox/from-agents/\n` +
      'the first message to a project makes its inbox; start the watcher again after that\n'
    const run = (command: string, args: readonly string[], where: string) =>
      home.run(command, args, { cwd: '/tmp', env: { ...SYSTEMCTL, HOME: where } })

    itLong('what only reads finds nothing and says nothing; the watcher says what it waits for', async () => {
      const file = message()
      for (const where of ['', nowhere(), '/dev/null']) {
        for (const [command, args, exitCode, stdout, stderr] of [
          ['status', [], 0, 'No projects with inbox/from-agents/ found — 0 pending.\n', ''],
          ['recv', ['--no-verify', file], 0, expect.stringMatching(/^decision: process\n/), ''],
          ['recv', [file], 3, expect.stringMatching(/^decision: reject\nreason: signature file missing/), ''],
          ['discover', [], 0, expect.stringContaining('(no projects with .ai/ found)'), ''],
          ['watch', [], 1, '', noInbox(where)],
        ] as const) {
          expect(await run(command, args, where), `HOME=${where} ${command}`).toEqual({
            exitCode,
            signal: null,
            stdout,
            stderr,
          })
        }
      }
    })

    itLong('what writes makes it, or says in a line and a hint that it cannot', async () => {
      const file = message()
      const warned = `warning: there was no project bob in ${nowhere()}/projects; its inbox is made now\nknown projects: (none)\n`
      expect(await run('send', ['local.bob', file, '--no-sign'], nowhere())).toMatchObject({
        exitCode: 0,
        stderr: warned,
      })
      expect(await run('halt', ['x'], nowhere())).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(notWatched('stopped')),
      })
      expect(await run('resume', [], nowhere())).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(notWatched('started')),
      })

      expect(await run('send', ['local.bob', file, '--no-sign'], '/dev/null')).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr:
          'warning: there was no project bob in /dev/null/projects; its inbox is made now\nknown projects: (none)\n' +
          'cannot deliver to /dev/null/projects/bob/inbox/from-agents: ENOTDIR: not a directory\n' +
          'fix that and send again: a message that arrives twice is processed once\n',
      })
      expect(await run('halt', ['--no-stop-watcher', 'x'], '/dev/null')).toMatchObject({
        exitCode: 1,
        stderr:
          'cannot write /dev/null/.config/cross-agent-comms/HALT: ENOTDIR: not a directory\n' +
          'this machine is not halted: fix that, or create the file by hand\n',
      })
    })
  })

  it.runIf(isLong && hasRoot)(
    'a read-only HOME: a line and its hint, and what only reads goes on',
    LONGER,
    async () => {
      const file = join(tmpdir(), 'read-only-home.org')
      writeFileSync(file, messageText())
      const outcomes = new Map<string, Outcome>()
      const mounted = await home.exec('mount', ['-t', 'tmpfs', 'tmpfs', home.path])
      expect(mounted.exitCode, mounted.stderr).toBe(0)
      try {
        mkdirSync(home.inbox('bob'), { recursive: true })
        await home.exec('mount', ['-o', 'remount,ro', home.path], { cwd: '/tmp' })
        for (const [command, ...args] of [
          ['halt', '--no-stop-watcher', 'x'],
          ['send', 'local.bob', file, '--no-sign'],
          ['recv', '--no-verify', file],
          ['resume'],
          ['status'],
          ['discover'],
        ] as const) {
          const env = { PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: '/nonexistent' }
          outcomes.set(command, await home.run(command, args, { cwd: '/tmp', env }))
        }
      } finally {
        await home.exec('umount', ['--lazy', home.path], { cwd: '/tmp' })
        rmSync(file)
      }
      const told = (command: string) => {
        const { exitCode, stderr } = outcomes.get(command) ?? { exitCode: undefined, stderr: undefined }
        return { exitCode, stderr }
      }
      const brake = `${home.path}/.config/cross-agent-comms/HALT`
      expect(told('halt')).toEqual({
        exitCode: 1,
        stderr: `cannot write ${brake}: EROFS: read-only file system\nthis machine is not halted: fix that, or create the file by hand\n`,
      })
      expect(told('send')).toEqual({
        exitCode: 1,
        stderr: `cannot deliver to ${home.inbox('bob')}: EROFS: read-only file system\nfix that and send again: a message that arrives twice is processed once\n`,
      })
      expect(told('resume')).toEqual({
        exitCode: 0,
        stderr: expect.stringMatching(/^warning: the watcher was not started: [^\n]+\n$/),
      })
      for (const command of ['recv', 'status', 'discover'])
        expect(told(command), command).toEqual({ exitCode: 0, stderr: '' })
    },
  )

  itLong('an rsync that is killed half-way: the marker says so', async () => {
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

  itLong('a gpg agent that is killed comes back', async () => {
    await home.makeKey()
    expect(await send()).toMatchObject({ exitCode: 0 })
    await home.exec('gpgconf', ['--kill', 'all'])
    expect(await send()).toMatchObject({ exitCode: 0 })
  })
})
