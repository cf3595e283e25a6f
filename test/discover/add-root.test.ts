import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { home, it, itLong } from '../support/own-home'

const CONFIG = '.config/cross-agent-comms'
const PEERS = `${CONFIG}/peers.toml`
const peers = () => readFileSync(join(home.path, PEERS), 'utf8')
const addRoot = (folder: string, ...args: string[]) => home.run('discover', ['--add-root', folder, ...args])
const OURS = '# mine\r\n[peers.velox]\r\nhost = "velox.local"'

beforeEach(() => {
  for (const project of ['shop/.git', 'mill/.ai', 'notes'])
    mkdirSync(join(home.path, 'code', project), { recursive: true })
})

describe('C34 discover --add-root', () => {
  it('C34 makes a root beside the usual one, and shows what others need', async () => {
    expect(await addRoot('~/code')).toEqual({
      exitCode: 0,
      signal: null,
      stderr: '',
      stdout: [
        'added: ~/code to [local] roots in ~/.config/cross-agent-comms/peers.toml',
        'projects there: mill, notes, shop',
        '',
        'Only this machine knows that. Senders on other machines, and the old scripts, deliver',
        'to ~/projects/NAME, unless these lines are in the peers.toml that they read:',
        '',
        '[projects.mill]',
        'inbox_path = "~/code/mill/inbox/from-agents"',
        '[projects.shop]',
        'inbox_path = "~/code/shop/inbox/from-agents"',
        '',
      ].join('\n'),
    })
    expect(peers()).toBe('[local]\nroots = ["~/projects", "~/code"]\n')
    expect(statSync(join(home.path, PEERS)).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(home.path, CONFIG))).toEqual(['peers.toml'])
  })

  it('C34 changes nothing when it is run again, whatever the folder is called', async () => {
    await addRoot('~/code')
    const before = statSync(join(home.path, PEERS), { bigint: true })
    symlinkSync('code', join(home.path, 'link'))
    for (const name of [
      '~/code',
      join(home.path, 'code/'),
      'code',
      './code/../code',
      '~/link',
      '~/projects',
    ]) {
      if (name === '~/projects') mkdirSync(join(home.path, 'projects'))
      const { exitCode, stdout } = await addRoot(name)
      expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^unchanged: /)])
    }
    const after = statSync(join(home.path, PEERS), { bigint: true })
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs])
  })

  it('C34 keeps every other byte, and a link', async () => {
    const file = home.write('dotfiles/peers.toml', OURS.replace('# mine\r\n', ''))
    mkdirSync(join(home.path, CONFIG), { recursive: true })
    symlinkSync(file, join(home.path, PEERS))
    expect((await addRoot('code')).exitCode).toBe(0)
    expect(lstatSync(join(home.path, PEERS)).isSymbolicLink()).toBe(true)
    expect(peers()).toBe(
      '[peers.velox]\r\nhost = "velox.local"\r\n\r\n[local]\r\nroots = ["~/projects", "~/code"]',
    )
    mkdirSync(join(home.path, 'work'))
    expect((await addRoot('work')).exitCode).toBe(0)
    expect(peers()).toContain('roots = ["~/projects", "~/code", "~/work"]')
  })

  it('C34 leaves out the lines of projects that peers.toml places, or that are in ~/projects', async () => {
    home.write(PEERS, '[projects.mill]\ninbox_path = "~/code/mill/inbox/from-agents"\n')
    mkdirSync(join(home.path, 'projects'))
    symlinkSync('../code/shop', join(home.path, 'projects/shop'))
    const { stdout } = await addRoot('~/code')
    expect(stdout).toContain('projects there: mill, notes, shop\n')
    expect(stdout).not.toContain('inbox_path')
  })

  it('C34 --json has the same, and all of it', async () => {
    const { exitCode, stdout } = await addRoot('~/code', '--json')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      root: '~/code',
      added: true,
      roots: ['~/projects', '~/code'],
      projects: ['mill', 'notes', 'shop'],
      inbox_paths: {
        mill: '~/code/mill/inbox/from-agents',
        shop: '~/code/shop/inbox/from-agents',
      },
    })
  })

  it('C34 goes on under HALT, below the banner: it sends nothing', async () => {
    home.write(`${CONFIG}/HALT`, 'runaway loop\n')
    const { exitCode, stdout } = await addRoot('~/code')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^⚠ HALT ACTIVE.*\n {2}reason: runaway loop\n\nadded: ~\/code/)
    expect(peers()).toContain('~/code')
    const json = await addRoot('~/code', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ added: false })
    expect(json.stderr).toContain('HALT ACTIVE')
  })

  it.each([
    ['~/nothing', 'there is no such folder'],
    ['file', 'it is not a folder'],
    ['', 'no folder is given'],
    ['/', 'each folder of the system would be a project'],
    ['co\nde', 'peers.toml cannot hold that name'],
  ])('C34 %j: exit 2, and nothing is made', async (folder, problem) => {
    home.write('file', '')
    mkdirSync(join(home.path, 'co\nde'))
    expect(await addRoot(folder)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(`^cannot look for projects in .*: ${problem}\n`),
    })
    expect(existsSync(join(home.path, '.config'))).toBe(false)
  })

  it.each([
    ['[local]\nroots = "~/code"\n', 'local.roots must be a list of folders'],
    ['[local\n', 'cannot read'],
    [
      'local = { "\\u0072oots" = ["~/x"] }\n',
      'write this into it by hand:\n[local]\nroots = ["~/x", "~/code"]\n',
    ],
  ])('C34 a peers.toml that it cannot change for sure stays: %j', async (text, problem) => {
    home.write(PEERS, text)
    const { exitCode, stderr } = await addRoot('~/code')
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(problem)])
    expect(peers()).toBe(text)
  })

  it('C34 a read-only peers.toml stays, and the lines are given', async () => {
    home.write(PEERS, '# mine\n')
    chmodSync(join(home.path, PEERS), 0o444)
    const { exitCode, stderr } = await addRoot('~/code')
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/^cannot write .*by hand:\n\[local\]\nroots = \["~\/projects", "~\/code"\]\n$/s),
    ])
    expect(peers()).toBe('# mine\n')
    expect(readdirSync(join(home.path, CONFIG))).toEqual(['peers.toml'])
  })

  itLong('C34 many at once lose nothing', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `root${index}`)
    for (const name of names) mkdirSync(join(home.path, name))
    const done = await Promise.all(names.map((name) => addRoot(name)))
    expect(done.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(names.map(() => [0, '']))
    for (const name of names) expect(peers()).toContain(`"~/${name}"`)
    expect(readdirSync(join(home.path, CONFIG))).toEqual(['peers.toml'])
  })

  it('C34 does not go with what asks peers', async () => {
    for (const flag of ['--enumerate-remote', '--no-cache', '--peer=velox'])
      expect((await addRoot('~/code', flag)).exitCode).toBe(2)
    expect(existsSync(join(home.path, '.config'))).toBe(false)
  })
})
