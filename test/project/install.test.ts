import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { commands, manifest, root } from '../../scripts/project.mjs'
import { Home } from '../support/home'
import { itLong, LONGER, sample } from '../support/long'
import { sharedHome } from '../support/own-home'
import { packed } from '../support/packed'
import { has } from '../support/programs'
import { codeBlocks } from '../support/readme'

const home = sharedHome()
const names = commands.map((command) => `cross-agent-${command}`)
/** Where people without root install to. */
const prefix = join(home.path, '.local')
const env = { PATH: `${prefix}/bin:${home.env.PATH}` }
const npm = (...args: string[]) => home.exec('npm', [...args, '--global', '--offline', '--prefix', prefix])
let dist = ''
const tarball = (name: string) => join(dist, `${name}-${manifest.version}.tgz`)

beforeAll(async () => {
  dist = await packed(home)
})

/** The lines that switch completion on. */
const switchOn = codeBlocks('docs/install.md')
  .filter(({ section }) => section === 'Completion')
  .flatMap(({ text }) => text.trimEnd().split('\n'))
const lineFor = (shell: string) => switchOn.find((line) => line.includes(`cross-agent.${shell}`)) ?? 'false'

/** What tells in a new interactive shell that completion is on. */
const ASK = {
  bash: ['-ic', 'complete -p cross-agent-send'],
  zsh: ['-ic', 'print -r -- $_comps[cross-agent-send]'],
  fish: ['-ic', 'complete -c cross-agent-send'],
}

function filesBelow(folder: string): string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []
  return entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name))
}

describe.each(
  sample(
    [
      ['all of them', 'cross-agent-comms', () => tarball('cross-agent-comms')],
      ['a built checkout', 'cross-agent-comms', () => root],
      ['one of them', 'cross-agent-send', () => tarball('cross-agent-send')],
    ],
    1,
  ),
)('installed without root: %s', (_, name, source) => {
  const included = name === 'cross-agent-comms' ? names : [name]
  beforeAll(async () => {
    const installed = await npm('install', source())
    expect(installed, installed.stderr).toMatchObject({ exitCode: 0 })
    expect(installed.stderr).not.toMatch(/npm (warn|error)/)
  })

  it('brings its commands, and nothing else on PATH', async () => {
    expect(readdirSync(join(prefix, 'bin'))).toEqual(included)
    for (const command of included) {
      const { stdout } = await home.exec('sh', ['-c', `${command} --version`], { env, cwd: '/' })
      expect(stdout).toBe(`${command} ${manifest.version}\n`)
    }
  })

  it('C8 brings their man pages', async () => {
    const pages = join(prefix, 'share/man/man1')
    expect(readdirSync(pages)).toEqual(included.map((command) => `${command}.1`))
    for (const page of readdirSync(pages))
      expect(readFileSync(join(pages, page), 'utf8')).toContain('.SH NAME')
  })

  it.skipIf(!has('man'))('C8 which man finds', async () => {
    const found = await home.exec('man', ['-w', 'cross-agent-send'], { env })
    expect(found, found.stderr).toMatchObject({ exitCode: 0 })
    expect(found.stdout.trim()).toBe(realpathSync(join(prefix, 'share/man/man1/cross-agent-send.1')))
  })

  it.for(sample(['bash', 'zsh', 'fish'] as const, 1))(
    'C8 brings completion, which a line switches on: %s',
    LONGER,
    async (shell, context) => {
      if (!has(shell)) return context.skip()
      home.write('.config/fish/config.fish', '')
      const shellEnv = { ...env, TERM: 'dumb' }
      const added = await home.exec(shell, ['-c', lineFor(shell)], { env: shellEnv })
      expect(added).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
      const { stdout } = await home.exec(shell, ASK[shell], { env: shellEnv })
      expect(stdout).toMatch(/_cross_agent/)
    },
  )

  it('leaves nothing when it is uninstalled, and no shell complains', async () => {
    const removed = await npm('uninstall', name)
    expect(removed, removed.stderr).toMatchObject({ exitCode: 0 })
    expect(filesBelow(prefix)).toEqual([])
    const { stderr } = await home.exec('bash', ['-ic', 'true'], { env })
    expect(stderr).not.toContain('cross-agent')
    // What was linked was the checkout itself.
    expect(existsSync(join(root, 'packages/send/dist/cross-agent-send.cjs'))).toBe(true)
  })
})

itLong('goes into the home where the folder of npm is not ours, and says what to add to PATH', async () => {
  const other = new Home()
  const env = { npm_config_prefix: '/dev/null/npm', npm_config_offline: 'true' }
  const args = [join(root, 'scripts/install-global.mjs'), '--packed', dist]
  const installed = await other.exec('node', args, { env })
  expect(installed, installed.stderr).toMatchObject({ exitCode: 0 })
  const [, line = ''] = /^ {2}(export PATH=.*)$/m.exec(installed.stdout) ?? []
  expect(line).toBe('export PATH="$HOME/.local/bin:$PATH"')
  const { stdout } = await other.exec('sh', ['-c', `${line}; cross-agent-send --version`])
  expect(stdout).toBe(`cross-agent-send ${manifest.version}\n`)
  const again = await other.exec('sh', ['-c', `${line}; node ${args.join(' ')}`], { env })
  expect(again).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining('PATH') })
  other.remove()
})

itLong('runs once from a tarball, without being installed', async () => {
  const npx = (name: string, command: string) =>
    home.exec('npx', ['--yes', '--offline', '--package', tarball(name), command, '--version'])
  for (const [name, command] of [
    ['cross-agent-send', 'cross-agent-send'],
    ['cross-agent-comms', 'cross-agent-recv'],
  ] as const)
    expect(await npx(name, command)).toMatchObject({ stdout: `${command} ${manifest.version}\n` })
})

it('package.json at the top names all commands and their man pages', () => {
  const { bin, man } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(Object.keys(bin)).toEqual(names)
  for (const file of [...Object.values<string>(bin), ...man])
    expect(existsSync(join(root, file)), file).toBe(true)
  expect(man).toHaveLength(names.length)
})
