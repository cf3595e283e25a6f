import { isatty } from 'node:tty'
import { Failure } from '../command/failure'
import type { SigningFacts } from '../command/signing-hint'
import { allWords, type ExecOptions, exec, type Result } from '../programs/exec'

/** Milliseconds: gpg may ask for a passphrase. */
const SIGN_TIME = 10 * 60_000

/** What is signed, where the signature goes, and with which key; undefined leaves that to gpg. */
export interface Signing {
  readonly message: string
  readonly signature: string
  readonly key: string | undefined
  /** This machine's short name. */
  readonly machine: string
}

/** Writes an armored detached signature of a file. Throws Failure. */
export async function signFile(signing: Signing, options: ExecOptions): Promise<void> {
  await callGpg(signing, canAskSomebody(options.env), [], { timeout: SIGN_TIME, ...options })
}

/**
 * Signs nothing, and returns the armored signature. Asks nobody for a passphrase, by no terminal and no display, and
 * writes no file. Throws Failure as `signFile` does.
 */
export async function trySigning(
  { key, machine }: Pick<Signing, 'key' | 'machine'>,
  options: ExecOptions,
): Promise<string> {
  const signing = { message: '/dev/null', signature: '-', key, machine }
  return (await callGpg(signing, false, ['--pinentry-mode', 'error'], options)).stdout
}

async function callGpg(
  { message, signature, key, machine }: Signing,
  canAsk: boolean,
  further: readonly string[],
  options: ExecOptions,
): Promise<Result> {
  const localUser = key === undefined ? [] : ['--local-user', key]
  const output = ['--yes', '--output', signature]
  const args = [...further, '--detach-sign', '--armor', ...output, ...localUser, pathArgument(message)]
  const result = await exec('gpg', args, { ...options, env: environmentFor(options.env, canAsk) })
  if (result.exitCode === 0) return result
  if (result.failure === 'not-found') throw new Failure('gpg-missing', {})
  const words = allWords(result)
  throw new Failure('signing-failed', { words, obstacle: obstacleOf(result), key, canAsk, machine })
}

/** A path that gpg takes for a path, also where it begins with a dash. */
function pathArgument(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}

function canAskSomebody(env: ExecOptions['env']): boolean {
  return isatty(0) || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY)
}

/**
 * Without GPG_TTY no pinentry is drawn over the terminal of whoever started an agent, and none waits there for ever:
 * gpg fails at once (contract B30). Its words are English, so that they can be told apart.
 */
function environmentFor(env: ExecOptions['env'], canAsk: boolean): ExecOptions['env'] {
  return { ...env, LANGUAGE: 'en', ...(canAsk ? {} : { GPG_TTY: undefined }) }
}

const NO_KEY = /No secret key/i
/** What gpg says where it did not get a passphrase: nobody could be asked, or whoever was gave none that is right. */
const NO_PASSPHRASE =
  /Inappropriate ioctl|No pinentry|Operation cancell?ed|No passphrase|Bad passphrase|Timeout|No such device or address/i

function obstacleOf({ failure, stderr }: Result): SigningFacts['obstacle'] {
  if (failure === 'not-started') return 'not-started'
  if (NO_KEY.test(stderr)) return 'no-secret-key'
  return NO_PASSPHRASE.test(stderr) ? 'locked-key' : 'other'
}
