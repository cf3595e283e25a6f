import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import { binOf, root } from '../../scripts/project.mjs'
import { itLong, LONGER } from '../support/long'
import { sharedHome } from '../support/own-home'
import { until } from '../support/until'
import { mainProcess, UserManager } from '../support/user-manager'

const PATH_UNIT = 'cross-agent-watch.path'
const SERVICE = 'cross-agent-watch.service'

describe('systemd units', LONGER, () => {
  const home = sharedHome()
  const manager = new UserManager(home)
  const log = () => {
    const file = join(home.path, '.local/state/cross-agent-comms/watch.log')
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }
  const service = (what: string) => home.run('watch', ['--service', what], { env: manager.env })
  let isUp = false
  let isLastWatcher = 0

  beforeAll(async () => {
    mkdirSync(home.programs, { recursive: true })
    symlinkSync(binOf('watch'), join(home.programs, 'cross-agent-watch'))
    symlinkSync(binOf('halt'), join(home.programs, 'cross-agent-halt'))
    home.stub('notify', 'exit 0')
    isUp = await manager.start()
  })
  afterAll(() => manager.stop())

  const requireManager = (context: TestContext) => {
    if (isUp) return
    const problem = `no systemd --user can be started here: ${manager.log.trim().split('\n').at(-1)}`
    if (process.env.CI === 'true') throw new Error(problem)
    context.skip(problem)
  }
  beforeEach(({ onTestFailed }) => onTestFailed(() => console.error(manager.log)))
  const watcher = () => mainProcess(manager, SERVICE, 'cross-agent-watch')
  const told = async (name: string) => {
    const inbox = home.inbox('bob')
    mkdirSync(inbox, { recursive: true })
    let tries = 0
    await until(() => {
      writeFileSync(join(inbox, `${name}-${tries++}`), '')
      return log().includes(name)
    }, `${name} in the log`)
  }

  it('pass systemd-analyze verify --user', async () => {
    const units = readdirSync(join(root, 'systemd')).map((name) => join(root, 'systemd', name))
    const verified = await home.exec('systemd-analyze', ['verify', '--user', ...units], { env: manager.env })
    expect(verified).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('C19 are installed and bring the watcher up, which waits for the first inbox', async (context) => {
    requireManager(context)
    expect(await service('check')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is not installed'),
    })
    mkdirSync(join(home.path, 'projects'))
    expect(await service('install')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(manager.property(PATH_UNIT, 'ActiveState')).toBe('active')
    await told('first')
    expect(manager.property(SERVICE, 'NRestarts')).toBe('0')
    expect(await service('check')).toMatchObject({ exitCode: 0 })
  })

  itLong('start the watcher again when it is killed', async (context) => {
    requireManager(context)
    isLastWatcher = await until(watcher, 'a watcher')
    process.kill(isLastWatcher, 'SIGKILL')
    await until(() => watcher() !== isLastWatcher && watcher(), 'another watcher')
    await told('after-the-kill')
  })

  it('stop it with the .path unit, as halt does, and start it again with that', async (context) => {
    requireManager(context)
    const pid = await until(watcher, 'a watcher')
    expect(manager.systemctl('stop', PATH_UNIT).status).toBe(0)
    await until(() => !existsSync(`/proc/${pid}`), 'the watcher is gone')
    const state = () => manager.property(SERVICE, 'ActiveState')
    await until(() => state() !== 'deactivating', 'the service is settled')
    // It would be activating if it were to be started again.
    expect(state()).toBe('inactive')
    expect(manager.systemctl('start', PATH_UNIT).status).toBe(0)
    await told('after-the-start')
  })

  it('A7 a halt stops the one unit that is there where the other is not', async (context) => {
    requireManager(context)
    const unit = join(home.path, '.config/systemd/user', PATH_UNIT)
    renameSync(unit, `${unit}.away`)
    expect(manager.systemctl('stop', PATH_UNIT).status).toBe(0)
    expect(manager.systemctl('daemon-reload').status).toBe(0)
    expect(manager.systemctl('start', SERVICE).status).toBe(0)
    const pid = await until(watcher, 'a watcher')
    const { exitCode, stderr } = await home.run('halt', [], { env: manager.env })
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^warning: the watcher was not stopped: .*path not loaded\.\n$/),
    })
    await until(() => !existsSync(`/proc/${pid}`), 'the watcher is gone')
    renameSync(`${unit}.away`, unit)
    expect(manager.systemctl('daemon-reload').status).toBe(0)
    expect(manager.systemctl('start', PATH_UNIT).status).toBe(0)
    expect(await home.run('resume', [], { env: manager.env })).toMatchObject({ exitCode: 0, stderr: '' })
    await told('after-the-resume')
  })

  itLong('C19 B76 are installed again over themselves, with a folder of any name', async (context) => {
    requireManager(context)
    const pid = await until(watcher, 'a watcher')
    const odd = join(home.path, 'o"d%h\\n $d\'e')
    mkdirSync(odd)
    renameSync(join(home.programs, 'cross-agent-watch'), join(odd, 'cross-agent-watch'))
    const env = { ...manager.env, PATH: `${odd}:${home.env.PATH}` }
    expect(await home.run('watch', ['--service', 'install'], { env })).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    await until(() => watcher() !== pid && watcher(), 'another watcher')
    // node has read the file once it works.
    await told('by-another')
    renameSync(join(odd, 'cross-agent-watch'), join(home.programs, 'cross-agent-watch'))
    expect(await service('check')).toMatchObject({ exitCode: 0 })
  })

  it('C2 --retry brings up a timer that sends what is kept', async (context) => {
    requireManager(context)
    home.stub('cross-agent-send', 'echo "$*" >> "$HOME/retried"; exit 3')
    home.write('.local/state/cross-agent-comms/outbox/x/entry.json', '{}')
    expect(await home.run('watch', ['--service', 'install', '--retry'], { env: manager.env })).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    expect(manager.property('cross-agent-retry.timer', 'ActiveState')).toBe('active')
    expect(manager.systemctl('start', 'cross-agent-retry.service').status).toBe(0)
    expect(readFileSync(join(home.path, 'retried'), 'utf8')).toBe('--retry-failed\n')
    expect(await service('check')).toMatchObject({ exitCode: 0 })
  })

  it('C19 are removed without a trace', async (context) => {
    requireManager(context)
    expect(await service('remove')).toMatchObject({ exitCode: 0 })
    await until(() => watcher() === undefined, 'the watcher is gone')
    expect(manager.systemctl('cat', PATH_UNIT).status).not.toBe(0)
    expect(
      readdirSync(join(home.path, '.config/systemd/user')).filter((name) => name.startsWith('cross')),
    ).toEqual([])
  })
})
