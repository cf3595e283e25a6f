import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { joinPath } from '../fs/paths'
import { hasCode, reasonOf } from '../fs/system-error'
import { deadLocks, gpgFolder, usualGpgFolder } from '../message/gpg-folder'
import { type Key, listKeys } from '../message/gpg-keys'
import type { ExecOptions, Result } from '../programs/exec'
import type { Obstacle } from './signing-advice'

/** gpg's output, with its status lines separate from its words. */
export interface Said {
  readonly failure: Result['failure']
  readonly status: readonly string[][]
  readonly words: string
}

/** gpg's error codes: the low 16 bits of the code for a failure. */
const NO_SECRET_KEY = 17
const UNUSABLE_KEY = 54
const NO_AGENT = 77
/** Bad passphrase, time-out, no pinentry, cancelled, no passphrase, fully cancelled. */
const NO_PASSPHRASE = [11, 62, 85, 99, 177, 198]
/** The source of the failure, bits 24 to 30: the program that asks for passphrases. */
const PINENTRY = 5

/** gpg's words for these failures if it gives no status lines: they are English. */
const NO_KEY_WORDS = /No secret key/i
const NO_PASSPHRASE_WORDS =
  /Inappropriate ioctl|No pinentry|Operation cancell?ed|No passphrase|Bad passphrase|Timeout|No such device or address/i

/**
 * Finds what prevents a signature, from gpg's status lines and the files: gpg's last words say too little (contract
 * B61). `key` is the requested key.
 */
export async function obstacleOf(
  said: Said,
  key: string | undefined,
  env: ExecOptions['env'],
): Promise<Obstacle> {
  if (said.failure === 'not-started') return { is: said.failure }
  const folder = gpgFolder(env)
  if (said.failure === 'timed-out') return lockedFolder(folder) ?? { is: said.failure }
  const closed = closedFolder(folder, env)
  if (closed !== undefined) return closed
  const code = codeOf(said.status)
  if (code?.number === NO_AGENT || /can't connect to the agent/.test(said.words))
    return lockedFolder(folder) ?? coveredFolder(folder) ?? longFolder(folder, env) ?? { is: 'no-agent' }
  if (isWithoutPassphrase(said, code)) return { is: 'locked-key' }
  const isAboutKey =
    code === undefined ? NO_KEY_WORDS.test(said.words) : [NO_SECRET_KEY, UNUSABLE_KEY].includes(code.number)
  return isAboutKey ? keyObstacle(key, env) : { is: 'other' }
}

/** The problem with the keyring folder or the key; does not ask gpg to sign. */
export async function keyObstacle(key: string | undefined, env: ExecOptions['env']): Promise<Obstacle> {
  if (key !== undefined && /^ssh-|^key::|\.pub$/.test(key)) return { is: 'ssh-key' }
  const folder = gpgFolder(env)
  const closed = closedFolder(folder, env)
  if (closed !== undefined) return closed
  // Without a keyring, gpg would make one: a check must not change anything.
  const all = hasKeyring(folder) ? await signingKeys([], env) : []
  if (all === undefined) return { is: 'other' }
  const named = key === undefined ? all : ((await signingKeys([key], env)) ?? [])
  const now = Date.now()
  const isGood = (candidate: Key) => conditionOf(candidate, now) === 'good'
  const another = all.find(isGood)?.primary
  if (named.some(isGood)) return { is: 'other' }
  const faulty = (condition: Condition) =>
    named.find((candidate) => conditionOf(candidate, now) === condition)
  const expired = faulty('expired')
  if (expired !== undefined) return expiredKey(expired, all)
  const future = faulty('future')
  if (future !== undefined)
    return { is: 'future-key', fingerprint: future.fingerprint, made: future.made, now }
  const unused = faulty('unused')
  if (unused !== undefined) return { is: 'unused-key', fingerprint: unused.primary }
  const revoked = faulty('revoked')
  if (revoked !== undefined) return { is: 'revoked-key', fingerprint: revoked.fingerprint, another }
  const covered = all.length === 0 ? coveredFolder(folder) : undefined
  return covered ?? { is: 'no-secret-key', another }
}

type Condition = 'good' | 'expired' | 'future' | 'unused' | 'revoked'

function conditionOf({ condition, isUnused, made }: Key, now: number): Condition {
  if (condition === 'revoked' || condition === 'expired') return condition
  if (made > now) return 'future'
  return isUnused || condition === 'disabled' ? 'unused' : 'good'
}

async function signingKeys(words: readonly string[], env: ExecOptions['env']): Promise<Key[] | undefined> {
  const keys = await listKeys('--list-secret-keys', words, env)
  return keys?.filter(({ canSign, isElsewhere }) => canSign && !isElsewhere)
}

function expiredKey({ fingerprint, primary }: Key, all: readonly Key[]): Obstacle {
  const hasPrimaryExpired = all.some((key) => key.fingerprint === primary && key.condition === 'expired')
  const subkey = fingerprint === primary || hasPrimaryExpired ? undefined : fingerprint
  return { is: 'expired-key', fingerprint: primary, subkey }
}

function isWithoutPassphrase({ status, words }: Said, code: Code | undefined): boolean {
  if (code === undefined) return NO_PASSPHRASE_WORDS.test(words)
  const wasAsked = status.some(([keyword]) => keyword === 'PINENTRY_LAUNCHED')
  return wasAsked || code.source === PINENTRY || NO_PASSPHRASE.includes(code.number)
}

interface Code {
  readonly number: number
  readonly source: number
}

function codeOf(status: readonly string[][]): Code | undefined {
  const failure = status.findLast(([keyword]) => keyword === 'FAILURE')
  if (failure === undefined) return undefined
  const code = Number(failure[2])
  return { number: code & 0xffff, source: (code >>> 24) & 0x7f }
}

/** Keyring files; a keyring has at least one. */
const KEYRINGS = ['pubring.kbx', 'pubring.gpg', 'public-keys.d']

/** Whether a keyring exists in gpg's folder. */
export function hasKeyringOf(env: ExecOptions['env']): boolean {
  return hasKeyring(gpgFolder(env))
}

function hasKeyring(folder: string): boolean {
  return KEYRINGS.some((name) => existsSync(joinPath(folder, name)))
}

/** Undefined if the folder can be read, or if gpg would make it. */
function closedFolder(folder: string, env: ExecOptions['env']): Obstacle | undefined {
  const paths = [folder, ...KEYRINGS.map((name) => joinPath(folder, name))]
  for (const path of paths) {
    try {
      const isFolder = statSync(path).isDirectory()
      accessSync(path, isFolder ? constants.R_OK | constants.X_OK : constants.R_OK)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) return closed(path, error)
      if (path === folder) {
        if (!env.GNUPGHOME) return undefined
        return { is: 'no-folder', folder, usual: hasKeyring(usualGpgFolder(env)) }
      }
    }
  }
  return undefined
}

function closed(path: string, error: unknown): Obstacle {
  const reason = reasonOf(error)
  let byMode = false
  try {
    const stats = statSync(path)
    const wanted = stats.isDirectory() ? 0o500 : 0o400
    byMode = (stats.mode & wanted) !== wanted
  } catch {
    // If we cannot even stat it, its own mode is not the cause.
  }
  return { is: 'closed-folder', path, reason, byMode }
}

function lockedFolder(folder: string): Obstacle | undefined {
  const locks = deadLocks(folder)
  return locks.length === 0 ? undefined : { is: 'dead-locks', locks }
}

function coveredFolder(folder: string): Obstacle | undefined {
  return isCovered(folder) ? { is: 'covered-folder', folder } : undefined
}

/** Whether a folder is its own mount without a secret key: gpg makes an empty keyring in it. */
function isCovered(folder: string): boolean {
  try {
    if (statSync(folder).dev === statSync(joinPath(folder, '..')).dev) return false
    const secrets = joinPath(folder, 'private-keys-v1.d')
    return !existsSync(secrets) || readdirSync(secrets).length === 0
  } catch {
    return false
  }
}

/** Bytes of the longest socket path, and of the longest socket name that gpg appends to its folder. */
const LONGEST_SOCKET = 107
const LONGEST_NAME = '/S.gpg-agent.browser'.length

function longFolder(folder: string, env: ExecOptions['env']): Obstacle | undefined {
  if (Buffer.byteLength(folder) + LONGEST_NAME <= LONGEST_SOCKET) return undefined
  const beside = joinPath(env.HOME ?? '', '.gpg-short')
  const shorter = Buffer.byteLength(beside) + LONGEST_NAME <= LONGEST_SOCKET ? beside : '/tmp/.gpg-short'
  return { is: 'long-folder', folder, shorter }
}
