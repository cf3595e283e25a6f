import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { SCRIPT_NAMES, scriptText } from '@cac/core/peers/remote-command'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.mjs'
import { plainShells } from '../support/login-shells'
import { sample } from '../support/long'
import { has } from '../support/programs'

const PEER_SCRIPTS = 'packages/core/src/peers/scripts'

/** Every shell file of the repository. Those for peers are checked as a peer gets them. */
const files = ['packages', 'scripts', 'systemd', 'test']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && /\.(?:sh|bash|zsh)$/.test(entry.name))
  .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
  .filter((path) => !/(?:^|\/)(?:node_modules|dist)\//.test(path))

const read = (path: string) => readFileSync(join(root, path), 'utf8')

function expectSilence(program: string, args: readonly string[], input: string): void {
  const { stdout, stderr, status } = spawnSync(program, args, { input, encoding: 'utf8' })
  expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 })
}

const lint = (shell: string, text: string) =>
  expectSilence('shellcheck', [`--shell=${shell}`, '--norc', '--format=gcc', '-'], text)

it('each script for peers is checked as a peer gets it', async () => {
  const sent = (await Promise.all(SCRIPT_NAMES.map(scriptText))).join('\n')
  for (const path of files.filter((path) => path.startsWith(`${PEER_SCRIPTS}/`)))
    expect(sent, path).toContain(read(path))
})

/** The first that there is; all of them in a long run. */
const readers = sample(plainShells, 1)

describe.each(SCRIPT_NAMES)('what a peer runs for %s', (name) => {
  it.skipIf(!has('shellcheck'))('passes shellcheck', async () => {
    lint('sh', await scriptText(name))
  })

  it.each(readers)('can be read by %s', async (shell) => {
    const args = shell === 'busybox' ? ['sh', '-n'] : ['-n']
    expectSilence(shell, args, await scriptText(name))
  })
})

describe.each(files.filter((path) => path.endsWith('.sh') && !path.startsWith(`${PEER_SCRIPTS}/`)))(
  '%s',
  (path) => {
    it.skipIf(!has('shellcheck'))('passes shellcheck', () => lint('sh', read(path)))

    it.each(readers)('can be read by %s', (shell) =>
      expectSilence(shell, shell === 'busybox' ? ['sh', '-n'] : ['-n'], read(path)),
    )
  },
)

describe.each(files.filter((path) => path.endsWith('.bash')))('%s', (path) => {
  it.skipIf(!has('shellcheck'))('passes shellcheck', () => lint('bash', read(path)))

  it('can be read by bash', () => expectSilence('bash', ['-n'], read(path)))
})

describe.each(files.filter((path) => path.endsWith('.zsh')))('%s', (path) => {
  it.skipIf(!has('zsh'))('can be read by zsh', () => expectSilence('zsh', ['-n'], read(path)))
})
