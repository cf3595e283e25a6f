import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { LICENSES } from '../../scripts/licenses.mjs'
import { binOf, commands, manifest } from '../../scripts/project.mjs'
import { putSigned } from '../support/inbox'
import { isLong, itLong, LONGER, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { packed } from '../support/packed'

describe('npm run pack', () => {
  const home = sharedHome()
  let dist = ''
  const install = (name: string) => {
    const prefix = join(home.path, name)
    const tarball = join(dist, `${name}-${manifest.version}.tgz`)
    return home.exec('npm', ['install', '--global', '--offline', '--prefix', prefix, tarball])
  }
  beforeAll(async () => {
    dist = await packed(home)
  })

  const others = commands.filter((command) => command !== 'recv')
  it.each(sample(['recv', ...others], 1))(
    'cross-agent-%s installs alone and offline, and runs anywhere',
    async (command) => {
      const name = `cross-agent-${command}`
      const installed = await install(name)
      expect(installed, installed.stderr).toMatchObject({ exitCode: 0 })
      const program = join(home.path, name, 'bin', name)
      expect(await home.exec(program, ['--version'], { cwd: '/' })).toMatchObject({
        stdout: `${name} ${manifest.version}\n`,
      })
      const folder = join(home.path, name, 'lib/node_modules', name)
      expect(existsSync(join(folder, 'node_modules'))).toBe(false)
      // What V8 takes, test/project/code-cache.test.ts says.
      const built = readdirSync(dirname(binOf(command))).filter((file) => file !== LICENSES)
      expect(readdirSync(join(folder, 'dist'))).toEqual(built)
    },
  )

  it('B2 recv ends with 3 where what was installed is damaged: 1 would mean dedup', async () => {
    const name = 'cross-agent-recv'
    const code = join(home.path, name, 'lib/node_modules', name, 'dist', `${name}.main.js`)
    writeFileSync(code, readFileSync(code, 'utf8').slice(0, 5000))
    const program = join(home.path, name, 'bin', name)
    expect(await home.exec(program, ['--no-verify', 'm.org'], { cwd: '/' })).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(/^cross-agent-recv: cannot be loaded: [^\n]+\n$/),
    })
  })

  it('B2 also where only the parts that few runs need are damaged', async () => {
    const name = 'cross-agent-recv'
    const installed = join(home.path, name, 'lib/node_modules', name, 'dist')
    cpSync(join(dirname(binOf('recv')), `${name}.main.js`), join(installed, `${name}.main.js`))
    home.write('.config/cross-agent-comms/peers.toml', '[trust]\nsigners = []\n')
    await home.makeKey()
    const message = await putSigned(home, 'bob', 'm.org', messageText())
    for (const damage of [(file: string) => writeFileSync(file, '@iarna'), (file: string) => rmSync(file)]) {
      damage(join(installed, `${name}.parts`))
      const outcome = await home.exec(join(home.path, name, 'bin', name), [message])
      expect(outcome).toMatchObject({ exitCode: 3 })
      expect(outcome.stdout + outcome.stderr).toContain(`${name}.parts`)
    }
  })

  itLong('cross-agent-comms brings them all, with help that loads what is packed away', async () => {
    expect(await install('cross-agent-comms')).toMatchObject({ exitCode: 0 })
    for (const command of commands) {
      const program = join(home.path, 'cross-agent-comms/bin', `cross-agent-${command}`)
      const help = await home.exec(program, ['--help'], { cwd: '/' })
      expect(help).toMatchObject({
        exitCode: 0,
        stderr: '',
        stdout: expect.stringContaining(`cross-agent-${command} [options]`),
      })
    }
  })

  it('what the README shows and leads to is there beside it', LONGER, () => {
    for (const name of isLong ? ['cross-agent-comms', 'cross-agent-send'] : ['cross-agent-recv']) {
      const folder = join(home.path, name, 'lib/node_modules', name)
      const links = readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/\]\(([^)]*)\)/g)
      const files = [...links]
        .map(([, link = '']) => link.replace(/#.*/, ''))
        .filter((link) => link !== '' && !/^https:/.test(link))
      expect(files).toContain('docs/bench.md')
      expect(files.filter((file) => !existsSync(join(folder, file)))).toEqual([])
    }
  })

  itLong('what has the watcher has its units and what installs them', async () => {
    for (const name of ['cross-agent-comms', 'cross-agent-watch']) {
      const folder = join(home.path, name, 'lib/node_modules', name)
      const program = join(home.path, name, 'bin/cross-agent-watch')
      const { exitCode, stderr } = await home.exec(program, ['--service', 'check'])
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringMatching(/^cross-agent-watch: cross-agent-watch.path is not installed\n/),
      })
      expect(existsSync(join(folder, 'systemd/cross-agent-watch.service'))).toBe(true)
    }
  })
})
