import { deadLockAdvice, deadLocks, gpgFolder } from '../message/gpg-folder'
import { listKeys, readListing } from '../message/gpg-keys'
import { isOnePublicKey } from '../message/public-key'
import { allWords, type ExecOptions, exec, type Result } from '../programs/exec'

/** A public key that another machine may have. */
export interface PublicKey {
  /** Of the primary key, in capitals: 40 or 64 digits. */
  readonly fingerprint: string
  /** Whoever made the key chose it. */
  readonly userId: string
  readonly bytes: Buffer
}

/** Milliseconds. */
const TIME_LIMIT = 20_000
/** Bytes. A key for signing has a few hundred. */
const LARGEST = 24 * 1024
const FINGERPRINT = /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/
const QUIET = ['--batch', '--no-auto-check-trustdb']
const ONE_KEY = ['--export-options', 'export-minimal,no-export-attributes']

type Options = Pick<ExecOptions, 'env' | 'interruption'>

/**
 * Reads a block that is said to be the public key with this fingerprint. Imports nothing. Returns the reason if it is
 * anything else or more than one key, or a key that cannot sign.
 */
export async function examineKey(bytes: Buffer, said: string, options: Options): Promise<PublicKey | string> {
  if (!FINGERPRINT.test(said)) return 'what it calls the fingerprint of its key is none'
  if (bytes.length > LARGEST) return `its key has more than ${LARGEST / 1024} KB`
  if (!isOnePublicKey(bytes)) return 'what it gives for its key is not one public key and nothing else'
  const shown = await exec('gpg', [...QUIET, '--with-colons', '--show-keys'], {
    ...options,
    timeout: TIME_LIMIT,
    inputs: [bytes],
  })
  const keys = readListing(shown.stdout)
  const primaries = keys.filter(({ fingerprint, primary }) => fingerprint === primary)
  const [first, ...others] = primaries
  if (first === undefined || others.length > 0) return `gpg does not take its key for one: ${allWords(shown)}`
  if (first.fingerprint !== said) return `it gives the key ${first.fingerprint} for ${said}`
  if (first.condition !== 'good') return `its key is ${first.condition}`
  if (!keys.some(({ canSign, condition }) => canSign && condition === 'good')) return 'its key cannot sign'
  const userId = /^uid:(?:[^:]*:){8}([^:]*)/m.exec(shown.stdout)?.[1] ?? ''
  return { fingerprint: said, userId: userId.replaceAll('\\x3a', ':'), bytes }
}

/** A key of this keyring, also in gpg's armor. */
export interface OwnPublicKey extends PublicKey {
  readonly armor: string
}

/** The public part of a key of this keyring, as small as possible. Returns the reason if it cannot be given away. */
export async function exportKey(fingerprint: string, options: Options): Promise<OwnPublicKey | string> {
  const args = [...QUIET, ...ONE_KEY, '--armor', '--export', '--', fingerprint]
  const { stdout: armor } = await exec('gpg', args, { ...options, timeout: TIME_LIMIT })
  const base64 = /\n\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n(?:=[^\n]*\n)?-----END/.exec(armor)?.[1]
  if (base64 === undefined) return 'gpg does not export it'
  const key = await examineKey(Buffer.from(base64, 'base64'), fingerprint, options)
  return typeof key === 'string' ? key : { ...key, armor }
}

/** Whether this keyring has a key. */
export async function hasKey({ fingerprint }: PublicKey, { env }: Options): Promise<boolean> {
  const keys = await listKeys('--list-keys', [fingerprint], env)
  return keys?.some((key) => key.fingerprint === fingerprint) ?? false
}

/** Imports a key that was examined. Returns the reason if that fails. */
export async function importKey(key: PublicKey, options: Options): Promise<string | undefined> {
  // An old gpg does not know the first form.
  for (const further of [['--import-options', 'self-sigs-only'], []]) {
    const args = [...QUIET, ...further, '--import']
    const result = await exec('gpg', args, { ...options, timeout: TIME_LIMIT, inputs: [key.bytes] })
    if (await hasKey(key, options)) return undefined
    if (further.length === 0) return whyNot(result, options)
  }
  return undefined
}

function whyNot(result: Result, { env }: Options): string {
  const locks = deadLocks(gpgFolder(env))
  if (locks.length === 0) return allWords(result)
  const { cause, command } = deadLockAdvice(locks)
  return `${cause}; remove it: ${command}`
}
