import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeRandom } from '../conformance/random.mjs'
import { isCi } from './root'

/** A shell that a peer may have: what it is called, and the command line before its `-c`. */
export interface Shell {
  readonly name: string
  readonly line: readonly [string, ...string[]]
}

const SHELLS: readonly Shell[] = [
  ...['dash', 'bash', 'zsh', 'fish', 'tcsh', 'csh'].map((name): Shell => ({ name, line: [name] })),
  { name: 'busybox sh', line: ['busybox', 'sh'] },
]

const isThere = ({ line: [program] }: Shell) =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0

/** The login shells that are on this machine; where CI asks for all tests, all of them. */
export const loginShells = SHELLS.filter((shell) => isCi || isThere(shell))

/** The path by which an account has that shell: busybox goes by its name. */
export function pathOfShell({ line: [program, applet] }: Shell, folder: string): string {
  const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' })
  if (applet === undefined) return stdout.trim()
  const path = join(folder, applet)
  if (!existsSync(path)) symlinkSync(stdout.trim(), path)
  return path
}

/** What `sh` is on a peer: the login shell finds it on PATH. */
export const plainShells = ['dash', 'bash', 'busybox'].filter(
  (name) => isCi || isThere({ name, line: [name] }),
)

/** A folder whose `sh` is that program, for the beginning of PATH. */
export function folderWithSh(home: string, program: string): string {
  const folder = join(home, `sh-is-${program}`)
  if (!existsSync(folder)) {
    mkdirSync(folder)
    const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' })
    symlinkSync(stdout.trim(), join(folder, 'sh'))
    // A busy disk is no matter of shells.
    writeFileSync(join(folder, 'sync'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  }
  return folder
}

/** What any of the generated texts would make if a shell ran it. */
export const CANARY = 'PWNED'

const PIECES = [
  ...Array.from({ length: 95 }, (_, code) => String.fromCharCode(code + 32)),
  ...["\\'", "'", '"', '`', '!', '\\', '$(', ')', `touch ${CANARY}`, ';', '\\\n', '\n', '\r', '\t', '\x7f'],
  ...['ü', '\u2028', '\u{1f600}', '\udcff', '\udcc3'],
] as [string, ...string[]]

/** Makes texts of what one shell or another would run, expand or cut; a lone surrogate stands for a byte. */
export function textMaker(seed: number) {
  const random = makeRandom(seed)
  const text = () => Array.from({ length: 1 + random.below(40) }, () => random.pick(PIECES)).join('')
  return { random, text }
}
