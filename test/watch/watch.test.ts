import type { ChildProcess } from 'node:child_process'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type Outcome, outcomeOf } from '../support/home'
import { isLong, LONGER, sample } from '../support/long'
import { Fleet } from '../support/machines'
import { messageText } from '../support/message'
import { home, it, itLong, replaceHome } from '../support/own-home'
import { hasRoot } from '../support/root'
import { until } from '../support/until'

const BURST = isLong ? 20_000 : 2000
/** Notifications, each of which starts a program. */
const NOTIFICATIONS = isLong ? 300 : 40

let watchers: { child: ChildProcess; ended: Promise<Outcome> }[]
beforeEach(() => {
  watchers = []
  mkdirSync(home.inbox('bob'), { recursive: true })
  home.stub('notify', 'exit 0')
})
afterEach(async () => {
  for (const { child, ended } of watchers) {
    child.kill('SIGTERM')
    await ended
  }
})

const logFile = () => join(home.path, '.local/state/cross-agent-comms/watch.log')
const log = () => (existsSync(logFile()) ? readFileSync(logFile(), 'utf8').trimEnd().split('\n') : [])
const logged = () => log().map((line) => line.split('\t').slice(1).join(' '))
const notified = (): string[] => {
  const file = join(home.path, 'notified')
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

/** Starts a watcher and waits until it tells of a first message. */
async function start(args: string[] = [], env: Record<string, string> = {}): Promise<ChildProcess> {
  const child = home.start('watch', args, { env })
  watchers.push({ child, ended: outcomeOf(child) })
  const before = log().length
  await until(() => {
    writeFileSync(join(home.inbox('bob'), `probe-${Date.now()}`), '')
    return log().length > before
  }, 'the watcher is ready')
  return child
}

let looks = 0
/** Waits for another look at the inbox. Each look sees the whole folder: it would tell again what it tells twice. */
async function nextLook(): Promise<void> {
  const probe = `probe-next-${looks++}`
  writeFileSync(join(home.inbox('bob'), probe), '')
  // Under HALT, a note follows.
  await until(() => logged().some((line) => line.startsWith(`bob ${probe}`)), 'another look')
}

const childrenOf = ({ pid }: ChildProcess): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
/** The process numbers of the inotifywait that a watcher has started; it starts others to notify. */
const inotifywaitOf = (watcher: ChildProcess): number[] =>
  childrenOf(watcher)
    .filter(
      (child) =>
        existsSync(`/proc/${child}/comm`) && readFileSync(`/proc/${child}/comm`, 'utf8') === 'inotifywait\n',
    )
    .map(Number)
const untilNobodyNotifies = (watcher: ChildProcess) =>
  until(() => childrenOf(watcher).length === inotifywaitOf(watcher).length, 'no notification is being shown')

const arrive = (name: string, project = 'bob') => {
  const temp = join(home.inbox(project), `.tmp.${name}`)
  writeFileSync(temp, messageText())
  renameSync(temp, join(home.inbox(project), name))
}
const stubNotify = () =>
  home.stub('notify', 'printf "%s|" "$@" >> "$HOME/notified"; echo >> "$HOME/notified"')
const withoutProbes = (lines: string[]) => lines.filter((line) => !line.includes('probe-'))

/** A PATH with nothing but these programs, so that others are missing. */
function pathOf(...programs: string[]): string {
  const folder = join(home.path, 'only')
  mkdirSync(folder, { recursive: true })
  for (const name of programs) {
    const found = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()
    symlinkSync(found, join(folder, name))
  }
  return `${home.programs}:${folder}`
}

describe('a watcher', () => {
  it('logs, prints and notifies of a message in the words of the script', async () => {
    stubNotify()
    const child = await start()
    arrive('20260101T000000Z-from-alice-talk.org')
    await until(() => notified().some((line) => line.includes('alice')), 'a notification')
    expect(withoutProbes(notified())).toEqual([
      'info|Cross-agent message|bob: 20260101T000000Z-from-alice-talk.org|',
    ])
    expect(withoutProbes(log()).at(-1)).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\tbob\t20260101T000000Z-from-alice-talk\.org$/,
    )
    child.kill('SIGTERM')
    const { stdout, signal } = (await watchers[0]?.ended) ?? { stdout: '', signal: null }
    expect(signal).toBe('SIGTERM')
    expect(stdout).toMatch(/^cross-agent-watch: watching 1 dir\(s\); log: .*\/watch\.log\n/)
    expect(stdout).toMatch(
      /^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\] bob: 20260101T000000Z-from-alice-talk\.org$/m,
    )
  })

  it(
    'notifies of each message of a burst once, whatever its name, and shows what notify prints',
    LONGER,
    async () => {
      // Fails each time, and with the code by which a shell says that there is no such program.
      home.stub('notify', 'printf "%s|%s|%s|\\n" "$@" >> "$HOME/notified"; echo printed; exit 127')
      const child = await start(['--quiet'])
      const names = Array.from({ length: NOTIFICATIONS }, (_, n) => `${n} "$(touch x)" '\\n' %s -n.org`)
      for (const name of names) arrive(name)
      await until(() => withoutProbes(notified()).length >= NOTIFICATIONS, 'all notifications')
      await nextLook()
      await until(() => notified().some((line) => line.includes('probe-next')), 'a later notification')
      await untilNobodyNotifies(child)
      const expected = names.map((name) => `info|Cross-agent message|bob: ${name}|`)
      expect(withoutProbes(notified()).sort()).toEqual(expected.sort())
      child.kill('SIGTERM')
      expect((await watchers[0]?.ended)?.stdout).toBe('printed\n'.repeat(notified().length))
    },
  )

  itLong('ends at once on SIGTERM, and inotifywait with it', async () => {
    const child = await start()
    const pids = inotifywaitOf(child)
    expect(pids).toHaveLength(1)
    child.kill('SIGTERM')
    await watchers[0]?.ended
    await until(() => !existsSync(`/proc/${pids[0]}`), 'inotifywait is gone')
  })

  it('under HALT logs with a note and notifies nobody', async () => {
    stubNotify()
    await start()
    home.write('.config/cross-agent-comms/HALT', 'x')
    arrive('m.org')
    await until(() => logged().includes('bob m.org (suppressed by HALT)'), 'the note')
    rmSync(join(home.path, '.config/cross-agent-comms/HALT'))
    arrive('after.org')
    await until(() => notified().some((line) => line.includes('after.org')), 'a notification after HALT')
    expect(withoutProbes(notified())).toEqual(['info|Cross-agent message|bob: after.org|'])
  })

  it.each(
    sample(
      [
        ['a file', () => home.write('.config/cross-agent-comms/HALT', 'x')],
        [
          'that cannot be read',
          () => mkdirSync(join(home.path, '.config/cross-agent-comms/HALT'), { recursive: true }),
        ],
        [
          'behind a link that leads to itself, which no shell sees',
          () => {
            mkdirSync(join(home.path, '.config'))
            symlinkSync('cross-agent-comms', join(home.path, '.config/cross-agent-comms'))
          },
        ],
      ],
      1,
    ),
  )('B37 drops what is queued at HALT, and ends what is being shown: %s', async (_, halt) => {
    await home.exec('mkfifo', [join(home.path, 'fifo')])
    home.stub(
      'notify',
      `case "$3" in *probe-*) exit 0 ;; esac
      echo $$ >> "$HOME/begun"; read -r line < "$HOME/fifo"; echo "$3" >> "$HOME/notified"`,
    )
    const child = await start(['--quiet'])
    for (let n = 0; n < 200; n++) arrive(`${n}.org`)
    const begun = () =>
      existsSync(join(home.path, 'begun'))
        ? readFileSync(join(home.path, 'begun'), 'utf8').trim().split('\n')
        : []
    await until(() => withoutProbes(logged()).length >= 200, 'all logged')
    await until(() => begun().length >= 4, 'four that block')
    halt()
    await until(() => begun().every((pid) => !existsSync(`/proc/${pid}`)), 'those that block are ended')
    // Whoever reads the fifo now would go on.
    home.stub('notify', 'echo "$3" >> "$HOME/notified"')
    arrive('after.org')
    await until(() => logged().some((line) => line.startsWith('bob after.org')), 'one more')
    await nextLook()
    await untilNobodyNotifies(child)
    expect(begun()).toHaveLength(4)
    expect(notified()).toEqual([])
  })

  it.each(
    sample(
      [
        [['--bogus'], 'unknown flag: --bogus'],
        [['--projects-glob=x'], 'unknown flag: --projects-glob=x'],
        [['--qui'], 'unknown flag: --qui'],
        [['--log'], '--log needs a value'],
        [['--projects-glob', '/nowhere/*/'], 'cross-agent-watch: glob resolved 0 directories: /nowhere/*/'],
      ],
      1,
    ),
  )('%j ends with 1 and a clear line', async (args, line) => {
    expect(await home.run('watch', args)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(`^${line.replace(/[()*?]/g, '\\$&')}\n`),
    })
  })

  itLong('ends with 1 and one clear line when no folder is left', async () => {
    await start(['--quiet'])
    rmSync(home.inbox('bob'), { recursive: true })
    const ended = await watchers[0]?.ended
    expect(ended).toMatchObject({ exitCode: 1, stdout: '' })
    expect(ended?.stderr).toMatch(/^cross-agent-watch: no folder is left to watch: .*\n.*\n$/)
  })

  itLong('escapes what a name may hold, and keeps a line a line', async () => {
    await start()
    arrive('new\nline\tand \x1b[31m.org')
    await until(() => logged().includes('bob new\\x0aline\\x09and \\x1b[31m.org'), 'the name')
  })
})

describe.runIf(hasRoot)('B22 hidden files', () => {
  it('never notify: one notification per remote message', async () => {
    const fleet = new Fleet(['velox'], 12).start()
    try {
      replaceHome(fleet.machine('velox').home)
      mkdirSync(home.inbox('bob'), { recursive: true })
      stubNotify()
      await start()
      await fleet.home.makeKey()
      const message = fleet.home.write('message.org', messageText())
      const sent = await fleet.home.run('send', ['velox.bob', message], { cwd: '/tmp' })
      expect(sent, sent.stderr).toMatchObject({ exitCode: 0 })
      await until(() => withoutProbes(notified()).length > 0, 'a notification')
      await nextLook()
      await until(() => notified().some((line) => line.includes('probe-next')), 'a later notification')
      expect(withoutProbes(notified())).toHaveLength(1)
      expect(withoutProbes(logged())).toHaveLength(1)
    } finally {
      fleet.remove()
    }
  })
})

describe('B23 the folder is the truth', () => {
  it(`${BURST} arrivals in one burst while the watcher is busy: each logged once`, LONGER, async () => {
    const child = await start(['--quiet', '--no-notify'])
    const before = log().length
    child.kill('SIGSTOP')
    for (let n = 0; n < BURST; n++) writeFileSync(join(home.inbox('bob'), `${n}.org`), '')
    child.kill('SIGCONT')
    await until(() => log().length >= before + BURST, 'all logged')
    await nextLook()
    const names = withoutProbes(logged())
    expect(names).toHaveLength(BURST)
    expect(new Set(names).size).toBe(BURST)
    console.log(`arrivals in one burst: ${BURST}, logged: ${names.length}, each once`)
  })

  it('a message that replaces another is told, the unfinished ones are not', async () => {
    arrive('m.org')
    await start()
    arrive('m.org')
    await until(() => logged().includes('bob m.org'), 'the replacement')
    await nextLook()
    expect(withoutProbes(logged())).toEqual(['bob m.org'])
  })

  itLong('a folder removed and made again loses nothing and tells nothing twice', async () => {
    mkdirSync(home.inbox('carol'), { recursive: true })
    await start()
    arrive('before.org')
    await until(() => logged().includes('bob before.org'), 'the first')
    renameSync(home.inbox('bob'), `${home.inbox('bob')}-aside`)
    mkdirSync(home.inbox('bob'))
    arrive('after.org')
    await until(() => logged().includes('bob after.org'), 'the one in the new folder')
    rmSync(home.inbox('bob'), { recursive: true })
    renameSync(`${home.inbox('bob')}-aside`, home.inbox('bob'))
    await nextLook()
    arrive('last.org')
    await until(() => logged().includes('bob last.org'), 'the last')
    expect(withoutProbes(logged())).toEqual(['bob before.org', 'bob after.org', 'bob last.org'])
  })

  itLong('two watchers on one log write whole lines', async () => {
    await start(['--quiet'])
    await start(['--quiet'])
    // The second is ready when a message is told of twice.
    const twice = () => logged().some((line, index, lines) => lines.indexOf(line) < index)
    await until(() => {
      writeFileSync(join(home.inbox('bob'), `probe-${Date.now()}-both`), '')
      return twice()
    }, 'both tell')
    for (let n = 0; n < 200; n++) arrive(`${n}.org`)
    const count = () => withoutProbes(logged()).length
    await until(() => count() >= 400, 'both logged everything')
    expect(withoutProbes(log()).every((line) => /^\S+Z\tbob\t\d+\.org$/.test(line))).toBe(true)
    expect(count()).toBe(400)
  })
})

describe('B24 projects made later', () => {
  it('are picked up within seconds, the message that made them included', async () => {
    await start()
    const sent = await home.run(
      'send',
      ['local.dave', home.write('message.org', messageText()), '--no-sign'],
      { cwd: '/tmp' },
    )
    expect(sent.exitCode).toBe(0)
    await until(() => withoutProbes(logged()).length > 0, 'its first message')
    arrive('second.org', 'dave')
    await until(() => logged().includes('dave second.org'), 'its second')
    expect(withoutProbes(logged())).toHaveLength(2)
  })
})

describe('B25 programs that are missing', () => {
  it('without inotifywait it watches all the same', async () => {
    const env = { PATH: pathOf('sh', 'cat') }
    const child = await start([], env)
    expect(inotifywaitOf(child)).toEqual([])
    for (let n = 0; n < 50; n++) arrive(`${n}.org`)
    await until(() => withoutProbes(logged()).length >= 50, 'all told')
    rmSync(join(home.inbox('bob'), '0.org'))
    await nextLook()
    expect(withoutProbes(logged())).toHaveLength(50)
  })

  itLong('an inotifywait that fails is given up with one warning', async () => {
    home.stub('inotifywait', 'echo "Failed to watch: upper limit reached" >&2; exit 1')
    const child = await start()
    let stderr = ''
    child.stderr?.on('data', (text: string) => {
      stderr += text
    })
    arrive('m.org')
    await until(() => logged().includes('bob m.org'), 'the message')
    await until(() => stderr.includes('\n'), 'the warning')
    child.kill('SIGTERM')
    expect((await watchers[0]?.ended)?.stderr).toBe(
      'cross-agent-watch: inotifywait failed: Failed to watch: upper limit reached; going on without it\n',
    )
  })

  itLong('an inotifywait that is killed is replaced, and nothing is lost', async () => {
    const child = await start()
    const [first = 0] = inotifywaitOf(child)
    process.kill(first, 'SIGKILL')
    arrive('m.org')
    await until(() => logged().includes('bob m.org'), 'the message')
    await until(() => inotifywaitOf(child).some((pid) => pid !== first), 'a new inotifywait')
  })

  itLong('without notify it calls notify-send, without both it warns once', async () => {
    home.stub('notify-send', 'printf "%s|" "$@" >> "$HOME/notified"; echo >> "$HOME/notified"')
    rmSync(join(home.programs, 'notify'))
    const env = { PATH: pathOf('sh', 'inotifywait') }
    const child = await start([], env)
    let said = ''
    child.stderr?.on('data', (text) => {
      said += text
    })
    arrive('a<b>.org')
    const isToldOf = () => withoutProbes(notified()).some((line) => line.endsWith('.org|'))
    await until(isToldOf, 'a notification')
    expect(withoutProbes(notified())).toEqual(['--|Cross-agent message|bob: a&lt;b&gt;.org|'])
    rmSync(join(home.programs, 'notify-send'))
    for (const name of ['b.org', 'c.org']) arrive(name)
    await until(() => logged().includes('bob c.org'), 'the last')
    await until(() => said.endsWith('\n'), 'the warning')
    child.kill('SIGTERM')
    expect((await watchers[0]?.ended)?.stderr).toBe(
      'cross-agent-watch: neither notify nor notify-send is installed: messages are logged only\n',
    )
  })
})

it('goes on when the log cannot be written, and says so once', async () => {
  stubNotify()
  mkdirSync(logFile(), { recursive: true })
  const child = home.start('watch', [])
  watchers.push({ child, ended: outcomeOf(child) })
  await until(() => {
    arrive(`${Date.now()}.org`)
    return notified().length > 1
  }, 'notifications')
  child.kill('SIGTERM')
  const { stderr } = (await watchers[0]?.ended) ?? { stderr: '' }
  expect(stderr).toMatch(/^cross-agent-watch: cannot write .*watch\.log: EISDIR.*\n$/)
  expect(readdirSync(logFile())).toEqual([])
  expect(statSync(logFile()).isDirectory()).toBe(true)
})
