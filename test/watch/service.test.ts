import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { outcomeOf } from '../support/home'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'
import { until } from '../support/until'

beforeEach(() => {
  mkdirSync(home.programs, { recursive: true })
  symlinkSync(binOf('watch'), join(home.programs, 'cross-agent-watch'))
})

const service = (action: string) => home.run('watch', ['--service', action])
const config = () => join(home.path, '.config')

// What works is tested with a real systemd in test/watch/systemd.test.ts.
describe('C19 watch --service', () => {
  it.each(
    sample(
      [
        ['daemon-reload', 'the disk is full'],
        ['enable', 'Failed to enable unit: Unit file is masked.'],
        ['restart', 'Job for cross-agent-watch.service failed.'],
      ],
      1,
    ),
  )('leaves nothing behind where systemctl %s fails', async (action, words) => {
    home.stub('systemctl', `[ "$2" = ${action} ] && { echo '${words}' >&2; exit 1; }; exit 0`)
    const { exitCode, stdout, stderr } = await service('install')
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^cross-agent-watch: systemctl --user ${action}[^\n]*: ${words}\n$`))
    expect(existsSync(config())).toBe(false)
  })

  it('gives back what was there before', async () => {
    const unit = home.write('.config/systemd/user/cross-agent-watch.service', 'mine\n')
    home.stub('systemctl', '[ "$2" = enable ] && exit 1; exit 0')
    expect((await service('install')).exitCode).toBe(1)
    expect((await home.exec('cat', [unit])).stdout).toBe('mine\n')
    expect(readdirSync(join(config(), 'systemd/user'))).toEqual(['cross-agent-watch.service'])
  })

  it.each(
    sample(
      [
        ['there is no systemctl', undefined],
        ['there is no user manager', 'Failed to connect to bus: No medium found'],
        ['there is no user manager', 'Failed to connect to user scope bus via local transport: gone'],
      ],
      1,
    ),
  )('says what to do instead where %s', async (_, words) => {
    if (words === undefined) symlinkSync(process.execPath, join(home.programs, 'node'))
    else home.stub('systemctl', `echo '${words}' >&2; exit 1`)
    const env: Record<string, string> = words === undefined ? { PATH: home.programs } : {}
    const { exitCode, stderr } = await home.run('watch', ['--service', 'install'], { env })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(words ?? 'systemctl not found')
    expect(stderr).toContain('let your system start this at login: cross-agent-watch --quiet --service run')
    expect(existsSync(config())).toBe(false)
  })

  it('refuses to install another program of that name', async () => {
    rmSync(join(home.programs, 'cross-agent-watch'))
    home.stub('cross-agent-watch', 'exit 0')
    home.stub('systemctl', 'exit 0')
    const { exitCode, stderr } = await service('install')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('the cross-agent-watch on PATH is another program')
    expect(existsSync(config())).toBe(false)
  })

  /** The watcher in a folder of this name, first on PATH. */
  const inFolder = (name: string, after = '') => {
    const folder = join(home.path, name)
    mkdirSync(folder, { recursive: true })
    symlinkSync(binOf('watch'), join(folder, 'cross-agent-watch'))
    return { PATH: `${folder}:${after}/usr/bin:/bin` }
  }
  const dropIn = () =>
    readFileSync(join(config(), 'systemd/user/cross-agent-watch.service.d/path.conf'), 'utf8')

  it('B76 a folder of PATH that a unit cannot hold is left out, and told', async () => {
    home.stub('systemctl', 'exit 0')
    const odd = ['\n', '\r', '\t', '\x7f', '\x85', '\u2028', '\ufdd0']
    const folders = odd.map((character) => inFolder(`bin${character}ExecStartPre=touch`).PATH.split(':')[0])
    const PATH = [...folders, '.', '', home.programs, '/usr/bin', '/bin'].join(':')
    const { exitCode, stderr } = await home.run('watch', ['--service', 'install'], { env: { PATH } })
    expect(exitCode).toBe(0)
    const told = stderr.split('\n').slice(0, -1)
    expect(told).toHaveLength(odd.length)
    for (const line of told)
      expect(line).toMatch(/^warning: left out of the PATH of the service: .*ExecStartPre=touch: /)
    expect(dropIn()).toMatch(/^\[Service\]\nEnvironment="PATH=[^\n"]*"\n$/)
    expect(dropIn()).toContain(`PATH=${home.programs}:`)
    expect(dropIn()).not.toContain('ExecStartPre')
  })

  it('B76 nothing is installed where the program is in such a folder only', async () => {
    home.stub('systemctl', 'touch "$HOME/called"')
    const env = inFolder('bin\nExecStartPre=touch')
    const { exitCode, stdout, stderr } = await home.run('watch', ['--service', 'install'], { env })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toContain('cross-agent-watch is on PATH, but only as ')
    expect(stderr).toContain('into a folder with an absolute path and a plain name')
    expect(existsSync(join(home.path, 'called'))).toBe(false)
    expect(existsSync(join(config(), 'systemd'))).toBe(false)
  })

  it('B76 systemd reads quotes, backslashes and percent signs of a folder as they are', async () => {
    home.stub('systemctl', 'exit 0')
    const odd = 'o"d%h\\n $d\'e'
    expect(
      await home.run('watch', ['--service', 'install'], { env: inFolder(odd, `${home.programs}:`) }),
    ).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    const line = dropIn().split('\n')[1] ?? ''
    const read = /^Environment="PATH=((?:[^"\\%]|\\["\\]|%%)*)"$/.exec(line)?.[1]
    const folders = read?.replace(/\\(["\\])|%(%)/g, '$1$2').split(':')
    expect(folders?.[0]).toBe(join(home.path, odd))
  })

  it('B48 remove keeps what somebody else has written beside ours, and what is behind a link', async () => {
    home.stub('systemctl', 'exit 0')
    expect(await service('install')).toMatchObject({ exitCode: 0 })
    const own = home.write('.config/systemd/user/cross-agent-watch.service.d/own.conf', '[Service]\nNice=5\n')
    const far = home.write('elsewhere/path.conf', 'not ours')
    symlinkSync(dirname(far), join(config(), 'systemd/user/cross-agent-retry.service.d'))
    expect(await service('remove')).toMatchObject({
      exitCode: 0,
      stdout: 'removed\n',
      stderr: `warning: ${dirname(own)} holds more than was installed: kept\n`,
    })
    expect(readdirSync(dirname(own))).toEqual(['own.conf'])
    expect(readFileSync(far, 'utf8')).toBe('not ours')
    expect(existsSync(join(config(), 'systemd/user/cross-agent-watch.service'))).toBe(false)
  })

  it('does not install under HALT', async () => {
    home.write('.config/cross-agent-comms/HALT', 'stop')
    home.stub('systemctl', 'touch "$HOME/called"')
    expect(await service('install')).toMatchObject({ exitCode: 5, stdout: '' })
    expect(existsSync(join(home.path, 'called'))).toBe(false)
    expect(existsSync(join(config(), 'systemd'))).toBe(false)
  })

  it('leaves what cannot be written alone', async () => {
    home.write('.config/systemd', 'a file')
    home.stub('systemctl', 'touch "$HOME/called"')
    const { exitCode, stderr } = await service('install')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^cross-agent-watch: cannot write the units: [^\n]+\n$/)
    expect(existsSync(join(home.path, 'called'))).toBe(false)
  })

  it('check names what is missing; remove does nothing where nothing is', async () => {
    home.stub('systemctl', 'exit 0')
    expect(await service('check')).toMatchObject({
      exitCode: 1,
      stderr:
        'cross-agent-watch: cross-agent-watch.path is not installed\ndo: cross-agent-watch --service install\n',
    })
    expect(await service('remove')).toMatchObject({ exitCode: 0, stdout: 'removed\n', stderr: '' })
  })

  itLong('C2 --retry: the timer is installed, kept, checked, and removed with the rest', async () => {
    home.stub(
      'systemctl',
      'echo "$*" >> "$HOME/called"; [ "$2" = is-active ] && ! grep -q -- "--user stop" "$HOME/called" && echo active; exit 0',
    )
    const units = () => readdirSync(join(config(), 'systemd/user')).filter((name) => name.includes('retry'))
    const run = (...args: string[]) => home.run('watch', ['--service', ...args])
    expect(await run('install', '--retry')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('cross-agent-send is not on PATH'),
    })
    symlinkSync(binOf('send'), join(home.programs, 'cross-agent-send'))
    expect(await run('install')).toMatchObject({ exitCode: 0 })
    expect(units()).toEqual([])
    expect(await run('check', '--retry')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('do: cross-agent-watch --service install --retry\n'),
    })
    for (const args of [['--retry'], []]) {
      expect(await run('install', ...args)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('sent again every few minutes'),
      })
      expect(units()).toEqual([
        'cross-agent-retry.service',
        'cross-agent-retry.service.d',
        'cross-agent-retry.timer',
      ])
    }
    expect(readFileSync(join(home.path, 'called'), 'utf8')).toContain(
      '--user enable cross-agent-watch.path cross-agent-retry.timer\n',
    )
    expect(await run('check')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('sent again') })
    expect(await run('remove')).toMatchObject({ exitCode: 0 })
    expect(units()).toEqual([])
    expect(readFileSync(join(home.path, 'called'), 'utf8')).toContain(
      '--user disable cross-agent-watch.path cross-agent-retry.timer\n',
    )
    expect((await home.run('watch', ['--retry'])).exitCode).toBe(1)
  })

  itLong('remove keeps the units and says so where the watcher cannot be stopped', async () => {
    home.stub('systemctl', '[ "$2" = is-active ] && echo active; exit 0')
    expect(await service('install')).toMatchObject({ exitCode: 0 })
    expect(await service('remove')).toEqual({
      exitCode: 1,
      signal: null,
      stdout: '',
      stderr:
        'cross-agent-watch: cross-agent-watch.path cannot be stopped; its units are kept\nsee why with: systemctl --user stop cross-agent-watch.path\n',
    })
    expect(readdirSync(join(config(), 'systemd/user'))).toContain('cross-agent-watch.path')
  })

  it('names the actions', async () => {
    expect(await service('start')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('--service must be one of install, check, remove, run; got start'),
    })
  })

  itLong('run waits for the first inbox', async () => {
    home.stub('notify', 'exit 0')
    const child = home.start('watch', ['--service', 'run'])
    const ended = outcomeOf(child)
    let said = ''
    child.stdout?.on('data', (text: string) => {
      said += text
    })
    await until(() => said.includes('watching 0 dir(s)'), 'it watches')
    home.write('projects/bob/inbox/from-agents/20260101T000000Z-from-a-b.org', messageText())
    await until(() => said.includes('bob: 20260101T000000Z-from-a-b.org'), 'the message is told of')
    child.kill('SIGTERM')
    expect((await ended).signal).toBe('SIGTERM')
  })
})
