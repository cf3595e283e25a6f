import { lstatSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { toPath } from '../text/raw-name'
import { fromPathWord } from '../text/shell'

/** Every file that the commands share under a home folder. The places are fixed, because agents and peers use them. */
export interface Paths {
  readonly home: string
  readonly projects: string
  readonly haltFile: string
  readonly configDir: string
  readonly peersFile: string
  /** The lock of those who change peers.toml. */
  readonly peersLock: string
  readonly failedSends: string
  /** Messages that could not be sent (contract C2). */
  readonly outbox: string
  /** Names on peers that a sender is about to use. */
  readonly claims: string
  /** Records of installed hooks, with the original bytes of each file. */
  readonly hookRecords: string
  /** For each project, its sessions of agents, and what they were told. */
  readonly hookSessions: string
  /** For each project, the conversations that wake no session for now (contract C24). */
  readonly heldWakes: string
  /** What hooks have found out about waiting messages. */
  readonly mailMemory: string
  /** The messages that pages for people found to be accepted (contract C32). */
  readonly verdicts: string
}

export function paths(home: string): Paths {
  const configDir = joinPath(home, '.config/cross-agent-comms')
  return {
    home,
    projects: joinPath(home, 'projects'),
    configDir,
    haltFile: `${configDir}/HALT`,
    peersFile: `${configDir}/peers.toml`,
    peersLock: joinPath(home, '.local/state/cross-agent-comms/peers-lock'),
    failedSends: joinPath(home, '.local/state/cross-agent-comms/failed-sends'),
    outbox: joinPath(home, '.local/state/cross-agent-comms/outbox'),
    claims: joinPath(home, '.local/state/cross-agent-comms/claims'),
    hookRecords: joinPath(home, '.local/state/cross-agent-comms/hooks'),
    hookSessions: joinPath(home, '.local/state/cross-agent-comms/sessions'),
    heldWakes: joinPath(home, '.local/state/cross-agent-comms/held-wakes'),
    mailMemory: joinPath(home, '.local/state/cross-agent-comms/mail-memory'),
    verdicts: joinPath(home, '.local/state/cross-agent-comms/verdicts.json'),
  }
}

/** `base/rest`, with one slash between. */
export function joinPath(base: string, rest: string): string {
  return base.endsWith('/') ? base + rest : `${base}/${rest}`
}

/**
 * A path as the scripts show it: no double or trailing slashes, no `.` parts. `..` stays, because the part before it
 * may be a symbolic link.
 */
export function tidyPath(path: string): string {
  const root = path.startsWith('//') && !path.startsWith('///') ? '//' : path.startsWith('/') ? '/' : ''
  return root + pathParts(path).join('/') || '.'
}

/** The names in a path, without the root. */
export function pathParts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}

/** The last name in a path. Empty for the root. */
export function fileName(path: string): string {
  return pathParts(path).at(-1) ?? ''
}

/** The folder that holds `path`. `.` if the path names none. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '.' : path.slice(0, slash) || '/'
}

/** An absolute path. A relative path starts at `cwd`, and stays relative if `cwd` is unknown. */
export function absolutePath(path: string, cwd: string | undefined): string {
  return path.startsWith('/') || cwd === undefined ? path : joinPath(cwd, path)
}

/** Expands `~` and `~user` at the start of a path, as a shell does. Keeps `~user` if the user is unknown. */
export function expandHome(path: string, home: string): string {
  if (!path.startsWith('~')) return path
  const slash = path.indexOf('/')
  const user = path.slice(1, slash < 0 ? undefined : slash)
  const folder = user === '' ? home : homeOf(user)
  if (folder === undefined) return path
  return (folder === '/' ? '' : folder) + (slash < 0 ? '' : path.slice(slash)) || '/'
}

function homeOf(user: string): string | undefined {
  try {
    const entries = readFileSync('/etc/passwd', 'utf8').split('\n')
    const found = entries.find((entry) => entry.startsWith(`${user}:`))?.split(':')[5]
    if (found !== undefined) return found
    // macOS keeps people elsewhere. The system always tells of this user.
    const { username, homedir } = userInfo()
    return username === user ? homedir : undefined
  } catch {
    return undefined
  }
}

/** A path from the command line. If it does not exist, removes the quotes in which we print paths (contract B68). */
export function givenPath(given: string): string {
  const isQuoted = given.endsWith("'") && (given.startsWith("'") || given.startsWith("$'"))
  const meant = isQuoted && !isThere(given) ? fromPathWord(given) : undefined
  return tidyPath(meant ?? given)
}

function isThere(path: string): boolean {
  try {
    return lstatSync(toPath(path), { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}
