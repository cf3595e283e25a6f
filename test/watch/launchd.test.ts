import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished } from 'vitest'
import { binOf, root } from '../../scripts/project.mjs'
import { asDarwin, DOMAIN, launchctlCalls, stubLaunchctl } from '../support/darwin'
import { examineHome } from '../support/doctor'
import { home, it, itLong } from '../support/own-home'
import { until } from '../support/until'

const LABEL = 'cross-agent-watch'
const TARGET = `${DOMAIN}/${LABEL}`
const agents = () => join(home.path, 'Library/LaunchAgents')
const plist = (label = LABEL) => join(agents(), `${label}.plist`)
const LOAD = (label = LABEL) => [
  `bootout ${DOMAIN}/${label}`,
  `enable ${DOMAIN}/${label}`,
  `bootstrap ${DOMAIN} ${plist(label)}`,
]

/** A property list as a parser of such lists reads it. */
async function parsed(file: string): Promise<unknown> {
  const code = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))'
  const { stdout, stderr } = await home.exec('/usr/bin/python3', ['-c', code, file])
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

const run = (command: string, args: readonly string[], env: Record<string, string> = {}) =>
  home.run(command, args, { env: { ...asDarwin(home), ...env } })
const service = (...args: string[]) => run('watch', ['--service', ...args])
const installed = { exitCode: 0, stdout: expect.stringMatching(/^installed in .*LaunchAgents; /), stderr: '' }

beforeEach(() => {
  mkdirSync(home.programs, { recursive: true })
  symlinkSync(binOf('watch'), join(home.programs, 'cross-agent-watch'))
  home.stub('systemctl', 'touch "$HOME/systemd-was-called"; exit 1')
  stubLaunchctl(home)
  const { path } = home
  onTestFinished(() => expect(existsSync(join(path, 'systemd-was-called'))).toBe(false))
})

describe('C19 watch --service on macOS', () => {
  it('installs an agent, which launchd starts and keeps, and removes it', async () => {
    expect(await service('check')).toMatchObject({
      exitCode: 1,
      stderr: `cross-agent-watch: ${LABEL}.plist is not installed\ndo: cross-agent-watch --service install\n`,
    })
    expect(await service('install')).toMatchObject(installed)
    expect(launchctlCalls(home)).toEqual(LOAD())
    expect(await parsed(plist())).toEqual({
      Label: LABEL,
      ProgramArguments: ['/usr/bin/env', 'cross-agent-watch', '--quiet', '--service', 'run'],
      EnvironmentVariables: { PATH: expect.stringContaining(`${home.programs}:`) },
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 5,
      StandardErrorPath: join(home.path, `Library/Logs/${LABEL}.log`),
    })
    expect(await service('check')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await service('remove')).toMatchObject({ exitCode: 0, stdout: 'removed\n', stderr: '' })
    expect(readdirSync(agents())).toEqual([])
    expect(readdirSync(join(home.path, 'loaded'))).toEqual([])
    expect(await service('remove')).toMatchObject({ exitCode: 0, stdout: 'removed\n', stderr: '' })
  })

  itLong('the agent starts this program, by its PATH alone', async () => {
    expect(await service('install')).toMatchObject(installed)
    const { ProgramArguments, EnvironmentVariables } = Object(await parsed(plist()))
    const [program, ...args] = ProgramArguments
    const env = { ...EnvironmentVariables, HOME: home.path }
    const child = home.spawn('env', [
      '-i',
      ...Object.entries(env).map(([k, v]) => `${k}=${v}`),
      program,
      ...args,
    ])
    try {
      const log = join(home.path, '.local/state/cross-agent-comms/watch.log')
      const inbox = home.inbox('bob')
      mkdirSync(inbox, { recursive: true })
      let tries = 0
      await until(() => {
        writeFileSync(join(inbox, `mail-${tries++}`), '')
        return existsSync(log) && readFileSync(log, 'utf8').includes('mail-')
      }, 'the log')
    } finally {
      child.kill('SIGKILL')
    }
  })

  itLong('waits for the end of the former agent, for which launchd does not', async () => {
    expect(await service('install')).toMatchObject(installed)
    rmSync(join(home.path, 'launchctl.log'))
    // It still shows it for a while, and then refuses another one for a while.
    stubLaunchctl(
      home,
      `case $1 in
  bootout) echo 'Boot-out failed: 36: Operation now in progress' >&2; : > ../ending; exit 36 ;;
  print) if [ -s ../ending ]; then rm -f "$label"; elif [ -e ../ending ]; then echo >> ../ending; fi ;;
  bootstrap)
    if [ -e ../ending ]; then rm ../ending; echo 'Bootstrap failed: 5: Input/output error' >&2; exit 5; fi ;;
esac`,
    )
    expect(await service('install')).toMatchObject(installed)
    expect(launchctlCalls(home)).toEqual([...LOAD(), ...LOAD().slice(2)])
    expect(existsSync(join(home.path, 'loaded', LABEL))).toBe(true)
  })

  itLong('leaves nothing behind where launchd refuses it, and gives back what was there', async () => {
    stubLaunchctl(
      home,
      '[ $1 = bootstrap ] && { echo "Bootstrap failed: 119: Disabled" >&2; echo more >&2; exit 119; }',
    )
    const failed = {
      exitCode: 1,
      stdout: '',
      stderr: `cross-agent-watch: launchctl bootstrap ${DOMAIN} ${plist()}: Bootstrap failed: 119: Disabled\n`,
    }
    expect(await service('install')).toMatchObject(failed)
    expect(existsSync(join(home.path, 'Library'))).toBe(false)
    home.write(`Library/LaunchAgents/${LABEL}.plist`, 'mine')
    expect(await service('install')).toMatchObject(failed)
    expect(readFileSync(plist(), 'utf8')).toBe('mine')
    expect(await service('check')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`${LABEL}.plist is of another version`),
    })
  })

  itLong('says what to do where nobody is logged in at the screen', async () => {
    stubLaunchctl(
      home,
      '[ $1 = bootstrap ] && { echo "Bootstrap failed: 125: Domain does not support specified action" >&2; exit 125; }',
    )
    expect(await service('install')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /125: Domain does not .*\nlog in at the screen .* or let your system start this at login: cross-agent-watch --quiet --service run\n$/,
      ),
    })
  })

  itLong('does not install under HALT', async () => {
    home.write('.config/cross-agent-comms/HALT', 'stop')
    expect(await service('install')).toMatchObject({ exitCode: 5, stdout: '' })
    expect(launchctlCalls(home)).toEqual([])
    expect(existsSync(join(home.path, 'Library'))).toBe(false)
  })

  itLong('B76 any folder of PATH is as it is, or left out and told', async () => {
    const odd = `o"d & <string>@HOME@< $& ]]> %h 'e`
    const bad = 'b\nad'
    for (const name of [odd, bad]) mkdirSync(join(home.path, name))
    symlinkSync(binOf('watch'), join(home.path, odd, 'cross-agent-watch'))
    const PATH = `${home.path}/${bad}:${home.path}/${odd}:${home.programs}:/usr/bin:/bin`
    expect(await run('watch', ['--service', 'install'], { PATH })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(
        /^warning: left out of the PATH of the service: .*b\\x0aad: a property list cannot hold that name\n$/,
      ),
    })
    const { EnvironmentVariables } = Object(await parsed(plist()))
    expect(EnvironmentVariables.PATH.split(':')[0]).toBe(join(home.path, odd))
    expect(await service('check')).toMatchObject({ exitCode: 0, stderr: '' })
  })

  itLong('remove keeps the property list and says so where the watcher cannot be stopped', async () => {
    expect(await service('install')).toMatchObject(installed)
    stubLaunchctl(
      home,
      '[ $1 = bootout ] && { echo "Boot-out failed: 1: Operation not permitted" >&2; exit 1; }',
    )
    expect(await service('remove')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: `cross-agent-watch: ${LABEL} cannot be stopped; its property list is kept\nsee why with: launchctl bootout ${TARGET}\n`,
    })
    expect(existsSync(plist())).toBe(true)
  })

  itLong(
    'C2 --retry: an agent sends again what is kept; it is kept, checked, and removed with the rest',
    async () => {
      symlinkSync(binOf('send'), join(home.programs, 'cross-agent-send'))
      expect(await service('install')).toMatchObject(installed)
      expect(await service('check', '--retry')).toMatchObject({
        exitCode: 1,
        stderr:
          'cross-agent-watch: cross-agent-retry.plist is not installed\ndo: cross-agent-watch --service install --retry\n',
      })
      for (const args of [['--retry'], []]) {
        rmSync(join(home.path, 'launchctl.log'))
        expect(await service('install', ...args)).toMatchObject(installed)
        expect(launchctlCalls(home)).toEqual([...LOAD(), ...LOAD('cross-agent-retry')])
      }
      expect(await parsed(plist('cross-agent-retry'))).toEqual({
        Label: 'cross-agent-retry',
        ProgramArguments: ['/usr/bin/env', 'cross-agent-send', '--retry-failed'],
        EnvironmentVariables: { PATH: expect.stringContaining(home.programs) },
        StartInterval: 300,
        StandardErrorPath: join(home.path, 'Library/Logs/cross-agent-retry.log'),
      })
      expect(await service('check')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('sent again'),
      })
      expect(await service('remove')).toMatchObject({ exitCode: 0 })
      expect(readdirSync(agents())).toEqual([])
    },
  )
})

describe('A7 halt and resume on macOS', () => {
  const stop = `bootout ${TARGET}`
  const start = () => `bootstrap ${DOMAIN} ${plist()}`

  it('stop and start the agent', async () => {
    await service('install')
    rmSync(join(home.path, 'launchctl.log'))
    expect(await run('halt', [])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(existsSync(join(home.path, 'loaded', LABEL))).toBe(false)
    expect(await run('resume', [])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(existsSync(join(home.path, 'loaded', LABEL))).toBe(true)
    // It is loaded, and may have ended by itself.
    expect(await run('resume', [])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(launchctlCalls(home)).toEqual([stop, start(), start(), `kickstart ${TARGET}`])
  })

  itLong('without an agent: halt says nothing, resume that none was started', async () => {
    expect(await run('halt', [])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(launchctlCalls(home)).toEqual([stop])
    expect(await run('halt', ['--no-stop-watcher'])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(launchctlCalls(home)).toEqual([stop])
    expect(await run('resume', [])).toMatchObject({
      exitCode: 0,
      stderr: `warning: the watcher was not started: ${plist()} is not installed ("Watcher restarted" does not hold then; install it with: cross-agent-watch --service install)\n`,
    })
  })

  itLong('a launchctl that fails is one warning, exit 0', async () => {
    home.stub('launchctl', 'echo "Boot-out failed: 1: Operation not permitted" >&2; exit 1')
    expect(await run('halt', [])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^warning: the watcher was not stopped: .*\n$/),
    })
  })
})

describe('C6 the doctor on macOS', () => {
  const watcher = async () =>
    (await examineHome(home, { env: asDarwin(home) })).find(({ name }) => name === 'watcher')

  it('says how the agent is', async () => {
    await service('install')
    expect(await watcher()).toMatchObject({ state: 'ok', said: 'runs, as a service' })
    stubLaunchctl(home, 'STATE=waiting')
    expect(await watcher()).toMatchObject({
      state: 'bad',
      said: `the service is installed, and ${LABEL} is not running`,
      remedy: {
        words: `start it, and see why it ended with: ${join(home.path, `Library/Logs/${LABEL}.log`)}`,
        command: 'cross-agent-resume',
      },
    })
    home.stub('launchctl', 'kill -9 $$')
    expect(await watcher()).toMatchObject({
      state: 'unknown',
      said: 'the service is installed, and launchd does not say whether it runs',
    })
    writeFileSync(plist(), '')
    expect(await watcher()).toMatchObject({ state: 'bad', said: `${LABEL}.plist is of another version` })
  })
})

it('C19 the property lists of the repository are read by a parser of such lists', async () => {
  const folder = join(root, 'launchd')
  for (const name of readdirSync(folder))
    expect(await parsed(join(folder, name))).toMatchObject({ Label: name.replace('.plist', '') })
})

it('B25 macOS shows notifications itself, and a file name is no code', async () => {
  home.stub(
    'osascript',
    'for word do printf "%s\\n" "$word"; done > "$HOME/shown.part"; mv "$HOME/shown.part" "$HOME/shown"',
  )
  for (const program of ['sh', 'env', 'mv', 'node'])
    symlinkSync(program === 'node' ? process.execPath : `/usr/bin/${program}`, join(home.programs, program))
  mkdirSync(home.inbox('bob'), { recursive: true })
  const child = home.start('watch', [], { env: { PATH: home.programs } })
  let said = ''
  child.stdout?.on('data', (text) => {
    said += text
  })
  try {
    // From then on it finds what comes.
    await until(() => said.includes('watching 1 dir'), 'it watches')
    writeFileSync(join(home.inbox('bob'), 'a" & (do shell script "id")'), '')
    await until(() => existsSync(join(home.path, 'shown')), 'a notification')
  } finally {
    child.kill('SIGKILL')
  }
  const words = readFileSync(join(home.path, 'shown'), 'utf8').split('\n')
  expect(words.slice(0, 7)).toEqual([
    '-e',
    'on run argv',
    '-e',
    'display notification (item 2 of argv) with title (item 1 of argv)',
    '-e',
    'end run',
    'Cross-agent message',
  ])
  expect(words[7]).toContain('a" & (do shell script "id")')
})
