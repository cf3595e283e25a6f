import { closeSync, readFileSync, readSync, watch } from 'node:fs'
import type { Context } from '../command/context'
import { openRegularFile } from '../fs/files'
import { folderOf } from '../fs/paths'
import { hasCode, reasonOf } from '../fs/system-error'
import { deadLockAdvice, deadLocks, gpgFolder } from '../message/gpg-folder'
import { exec, lastWords, type Result } from '../programs/exec'
import { findProgram } from '../programs/find-program'
import { absent, bad, type Check, ok, shellWord, someOf, unknown } from './check'

/** The oldest major version of node that these commands support: `engines` in package.json. */
const OLDEST_NODE = 20
/**
 * The announced end of life of each major version of node. A version that is not listed is not reported.
 */
const END_OF_LIFE: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
}
const DAY = 24 * 60 * 60 * 1000

/** Whether these commands support this node. A node past its end of life is supported, but reported (B70). */
export function checkNode({ program, now }: Context): Check[] {
  const { version } = program
  const line = Number(/^v(\d+)\./.exec(version)?.[1])
  if (line < OLDEST_NODE) {
    const said = `${version} is past its end of life and too old: these commands need node ${OLDEST_NODE} or newer`
    return [bad('node', said, 'install a newer node, then these commands again')]
  }
  const end = END_OF_LIFE[line]
  if (end === undefined || Date.parse(end) + DAY > now()) return [ok('node', version)]
  return [
    absent('node', `${version} works; its end of life was ${end}: its security holes are no longer fixed`),
  ]
}

/** Milliseconds that a program may take to show its version. */
const TIME_LIMIT = 10_000
/** The first gpg that can make the signatures of this protocol without a terminal. */
const OLDEST_GPG = [2, 1] as const

export async function checkGpg({ env }: Context): Promise<Check[]> {
  const result = await exec('gpg', ['--version'], { env, timeout: TIME_LIMIT })
  if (result.exitCode !== 0) return [missing('gpg', result, 'nothing can be signed or verified', 'gnupg')]
  const version = versionIn(result.stdout)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST_GPG[0] || (major === OLDEST_GPG[0] && minor < OLDEST_GPG[1])
  if (isOld) return [bad('gpg', `${version} is too old`, 'install gnupg 2.2 or newer')]
  const locks = deadLocks(gpgFolder(env))
  if (locks.length === 0) return [ok('gpg', version)]
  const { cause, command } = deadLockAdvice(locks)
  return [bad('gpg', cause, 'remove it', command)]
}

/** ssh and rsync are needed only if there are peers. */
export async function checkTransport({ env }: Context, hasPeers: boolean): Promise<Check[]> {
  const options = { env, timeout: TIME_LIMIT }
  const [ssh, rsync] = await Promise.all([
    exec('ssh', ['-V'], options),
    exec('rsync', ['--version'], options),
  ])
  return [
    checkProgram('ssh', ssh, ssh.stderr.split(/[,\n]/, 1)[0] ?? '', 'openssh-client', hasPeers),
    checkProgram('rsync', rsync, versionIn(rsync.stdout), 'rsync', hasPeers),
  ]
}

function checkProgram(name: string, result: Result, version: string, pack: string, isNeeded: boolean): Check {
  if (result.exitCode === 0) return ok(name, version)
  if (!isNeeded) return absent(name, 'not there, and not needed without peers')
  return missing(name, result, 'nothing can be sent to peers', pack)
}

function missing(name: string, result: Result, consequence: string, pack: string): Check {
  if (result.failure === 'not-found') return bad(name, `not found: ${consequence}`, `install ${pack}`)
  const words = result.failure === 'timed-out' ? `no end within ${TIME_LIMIT / 1000} s` : lastWords(result)
  return bad(name, `does not work: ${words}`, `fix that, or install ${pack} again`, `${name} --version`)
}

function versionIn(stdout: string): string {
  return /\d+(?:\.\d+)+\S*/.exec(stdout.split('\n', 1)[0] ?? '')?.[0] ?? 'of unknown version'
}

const COMMANDS = ['send', 'recv', 'watch', 'status', 'discover', 'halt', 'resume'].map(
  (name) => `cross-agent-${name}`,
)
/** Bytes of a program that are read. The watcher's script is smaller. */
const LOOK = 8192

/** Whether PATH leads to these commands, or to the scripts that they replace. */
export function checkCommands({ env }: Context): Check[] {
  const found = COMMANDS.map((name) => [name, findProgram(name, env.PATH)] as const)
  const old = found.flatMap(([, path]) => (path !== undefined && isOldScript(path) ? [path] : []))
  const missing = found.flatMap(([name, path]) => (path === undefined ? [name] : []))
  const [first] = old
  if (first !== undefined) {
    const said = `scripts come first on PATH: ${someOf(old)}`
    const words = 'put the folder of these commands before theirs on PATH, or move the scripts away'
    return [bad('commands', said, words, moveAway(folderOf(first), old))]
  }
  if (missing.length === COMMANDS.length)
    return [absent('commands', 'not on PATH: agents and peers that call them by name do not find them')]
  if (missing.length > 0) return [absent('commands', `not on PATH: ${missing.join(', ')}`)]
  return [ok('commands', `all on PATH, from ${folderOf(found[0]?.[1] ?? '')}`)]
}

/** A command that moves the scripts of a folder into a folder below it. */
function moveAway(folder: string, scripts: readonly string[]): string {
  const words = scripts.filter((path) => folderOf(path) === folder).map(shellWord)
  const away = shellWord(`${folder}/old-scripts`)
  return `mkdir -p ${away} && mv ${words.join(' ')} ${away}`
}

/** Six scripts use Python, and the watcher uses bash. Shims of package managers are shell scripts too. */
function isOldScript(path: string): boolean {
  const text = beginningOf(path)
  const shebang = /^#!.*/.exec(text)?.[0] ?? ''
  return /\bpython/.test(shebang) || (/\bbash\b/.test(shebang) && text.includes('inotifywait'))
}

function beginningOf(path: string): string {
  try {
    const fd = openRegularFile(path)
    try {
      const buffer = Buffer.alloc(LOOK)
      return buffer.toString('latin1', 0, readSync(fd, buffer))
    } finally {
      closeSync(fd)
    }
  } catch {
    return ''
  }
}

/** In the order in which the watcher tries them (contract B25). */
const NOTIFIERS = ['notify', 'notify-send', 'osascript']

export function checkNotifier({ env }: Context): Check[] {
  const found = NOTIFIERS.map((name) => findProgram(name, env.PATH)).find((path) => path !== undefined)
  if (found !== undefined) return [ok('notifier', found)]
  return [absent('notifier', 'neither notify nor notify-send: a watcher only prints and logs')]
}

const LIMITS = '/proc/sys/fs/inotify'
/** Watches that a watcher needs besides those on inboxes. */
const SPARE = 64

/** Checks whether a watcher could watch that many inboxes. Tries a real watch instead of guessing limits. */
export function checkInotify({ home }: Context, inboxes: number): Check[] {
  const [instances, watches] = [readLimit('max_user_instances'), readLimit('max_user_watches')]
  if (instances === undefined || watches === undefined)
    return [absent('inotify', 'not of this system: its own way of watching is used')]
  try {
    watch(home).close()
  } catch (error) {
    if (hasCode(error, 'EMFILE')) return [exhausted('instances', instances, 'max_user_instances')]
    if (hasCode(error, 'ENOSPC')) return [exhausted('watches', watches, 'max_user_watches')]
    return [unknown('inotify', reasonOf(error))]
  }
  if (watches < inboxes + SPARE) return [exhausted('watches', watches, 'max_user_watches')]
  return [ok('inotify', `at most ${instances} instances and ${watches} watches`)]
}

function exhausted(what: string, limit: number, setting: string): Check {
  return bad(
    'inotify',
    `no ${what} left (limit ${limit}): a watcher would miss mail or not start`,
    'end programs that watch many files, or raise the limit, as root',
    `sysctl fs.inotify.${setting}=${Math.max(512, limit * 2)}`,
  )
}

function readLimit(name: string): number | undefined {
  try {
    return Number(readFileSync(`${LIMITS}/${name}`, 'utf8'))
  } catch {
    return undefined
  }
}
