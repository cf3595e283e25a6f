import { readdirSync, readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { joinPath } from '../fs/paths'
import { lookAtProcess } from '../programs/process-id'
import { shellQuote } from '../text/shell'

/**
 * Milliseconds. gpg holds a lock for a moment only. A younger one may not be written yet, or belong to a gpg in a sandbox,
 * whose process number means another process here.
 */
const YOUNG = 10_000
/** The number of the process, in the first line of a lock. */
const COLUMNS = 10
/** Bytes. The second line is the name of the host. */
const LONGEST = 300
/** gpg and the programs that come with it. */
const OF_GPG = /^(?:gpg|keyboxd|dirmngr|scdaemon)/

type Env = Readonly<Record<string, string | undefined>>

/** Where gpg has its keys, locks and sockets. */
export function gpgFolder(env: Env): string {
  return env.GNUPGHOME || usualGpgFolder(env)
}

export function usualGpgFolder(env: Env): string {
  return joinPath(env.HOME ?? '', '.gnupg')
}

/**
 * Locks in gpg's folder that gpg respects for ever though nobody holds them: empty ones, which a power cut can leave,
 * and those whose process number now belongs to some other program. A lock whose process is gone is removed by gpg
 * itself. Returns their paths.
 */
export function deadLocks(folder: string): string[] {
  return [folder, joinPath(folder, 'public-keys.d')].flatMap(locksIn).filter(isDead)
}

/** How to say it, and the line that mends it. */
export function deadLockAdvice(locks: readonly string[]): {
  readonly cause: string
  readonly command: string
} {
  return {
    cause: `gpg is blocked by a lock that nobody holds, as a power cut leaves it: ${locks.join(', ')}`,
    command: `rm ${locks.map(shellQuote).join(' ')}`,
  }
}

function locksIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.lock'))
      .map((name) => joinPath(folder, name))
  } catch {
    // No folder, no lock: others say what is wrong with the folder.
    return []
  }
}

function isDead(path: string): boolean {
  try {
    const stats = statSync(path)
    if (!stats.isFile() || stats.size > LONGEST || Date.now() - stats.mtimeMs < YOUNG) return false
    const [line = '', host = ''] = readFileSync(path, 'utf8').split('\n')
    const pid = Number(line)
    if (line.length < COLUMNS || !(pid > 0)) return true
    if (host !== hostname()) return false
    const holder = lookAtProcess(pid)
    return holder !== undefined && holder !== 'gone' && !OF_GPG.test(basename(holder.words[0] ?? ''))
  } catch {
    // It is gone meanwhile, or not ours to read.
    return false
  }
}
