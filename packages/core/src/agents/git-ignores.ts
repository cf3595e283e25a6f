import { existsSync } from 'node:fs'
import { folderOf, joinPath } from '../fs/paths'
import { exec } from '../programs/exec'
import { toPath } from '../text/raw-name'
import { SettingsFailure } from './settings-failure'

/** Milliseconds: git only reads its index, unless someone makes it wait. */
const GIT_TIME = 10_000

/** What git does with a file: nothing without a repository, `ignored` by its rules, or it is or would be committed. */
export type InGit = 'no repository' | 'ignored' | 'untracked' | 'tracked'

/**
 * Asks git about a file in a folder. The repository's own settings start nothing. Undefined if git cannot tell.
 */
export async function inGit(
  folder: string,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<InGit | undefined> {
  const safe = ['-c', 'safe.bareRepository=explicit', '-c', 'core.fsmonitor=false', '-C', folder]
  // Variables such as GIT_DIR would name another repository.
  const plain = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')))
  const git = (...args: string[]) =>
    exec('git', [...safe, ...args], { env: { ...plain, LC_ALL: 'C' }, timeout: GIT_TIME })
  if (!isBelowGit(folder)) return 'no repository'
  const tree = await git('rev-parse', '--is-inside-work-tree')
  if (tree.exitCode === 128 && tree.stderr.includes('not a git repository')) return 'no repository'
  if (tree.exitCode !== 0) return undefined
  const listed = await git('ls-files', '--error-unmatch', '--', path)
  if (listed.exitCode === 0) return 'tracked'
  const ignored = await git('check-ignore', '--quiet', '--', path)
  return ignored.exitCode === 0 ? 'ignored' : ignored.exitCode === 1 ? 'untracked' : undefined
}

function isBelowGit(folder: string): boolean {
  if (existsSync(toPath(joinPath(folder, '.git')))) return true
  return folder !== '/' && isBelowGit(folderOf(folder))
}

const HINT = 'leave out --project, or let git ignore that file: nothing was changed'

/** Rules are one person's, and must not reach others by a commit (contract C26). */
export function rulesCommitted(path: string, why: string): SettingsFailure {
  const message = `${path} ${why}: rules that let agents send without a question are for you alone`
  return new SettingsFailure('settings-committed', path, message, { hint: HINT })
}

/** This agent takes rules from the home folder only. */
export function rulesOnlyAtHome(path: string, title: string): SettingsFailure {
  const message = `${title} takes rules from the home folder only`
  return new SettingsFailure('settings-committed', path, message, {
    hint: 'leave out --project: nothing was changed',
  })
}
