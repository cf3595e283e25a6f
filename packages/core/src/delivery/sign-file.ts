import { isatty } from 'node:tty'
import { statusLines } from '../message/signing'
import { allWords, type ExecOptions, exec, type Result } from '../programs/exec'
import { gpgMissing } from './failures'

/** Milliseconds: gpg may ask for a passphrase, on this terminal or on a display that nobody may look at (contract B75). */
const SIGN_TIME = { withTerminal: 10 * 60_000, without: 60_000 } as const

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
  const timeout = isatty(0) ? SIGN_TIME.withTerminal : SIGN_TIME.without
  // The signature goes to a file: standard output is free.
  await callGpg(signing, canAskSomebody(options.env), ['--status-fd', '1'], { timeout, ...options })
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
  const further = ['--pinentry-mode', 'error', '--status-fd', '2']
  return (await callGpg(signing, false, further, options)).stdout
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
  const env = environmentFor(options.env, canAsk)
  const result = await exec('gpg', args, { ...options, env })
  if (result.exitCode === 0) return result
  if (result.failure === 'not-found') throw gpgMissing()
  const { obstacleOf } = await import('./signing-obstacle')
  const { failure, status, stderr } = withoutStatus(result)
  const obstacle = await obstacleOf({ failure, status, words: stderr }, key, env)
  const words = failure === 'timed-out' ? 'gpg did not end in time' : allWords({ ...result, stderr })
  const { SigningFailure } = await import('./signing-advice')
  throw new SigningFailure({ words, obstacle, key, canAsk, machine })
}

/** The words of gpg, and its status lines, which stand among them or in its output. */
function withoutStatus({ failure, stdout, stderr }: Result) {
  const words = stderr.split('\n').filter((line) => !line.startsWith('[GNUPG:] '))
  return { failure, status: statusLines(`${stdout}\n${stderr}`), stderr: words.join('\n') }
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
