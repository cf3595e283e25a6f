import { readFileSync, writeFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import { brakeOf } from '../brake/halt'
import type { Context } from '../command/context'
import { isUnchanged } from '../fs/snapshot'
import { statusLines } from '../message/signing'
import { allWords, type ExecOptions, exec, type Result } from '../programs/exec'
import type { Interruption } from '../programs/interruption'
import { gitHangs, gpgMissing, messageChanged } from './failures'
import { makePrivateFolder, removePrivateFolder } from './private-folder'
import type { Message } from './read-message'

/** Milliseconds: git only reads small files, unless someone makes it wait. */
const GIT_TIME = 5000

/** Milliseconds: gpg may ask for a passphrase on this terminal, or on a display that nobody watches (contract B75). */
const SIGN_TIME = { withTerminal: 10 * 60_000, without: 60_000 } as const

/** Checks that can end a send, before each of its steps. */
export interface Steps {
  readonly interruption: Interruption
  /** Throws to stop before the next step. */
  beforeStep(): void
  /** Called once gpg has started, while we wait for it anyway. Must not throw. */
  whileSigning?(): void
}

/**
 * Makes the detached signature of a message's bytes in a private folder that is gone on return (B11). gpg gets a copy:
 * the file may briefly hold other bytes (contract B66). Throws Failure if gpg fails, or if the file is no longer the
 * checked message.
 */
export async function signMessage(
  message: Message,
  keyFlag: string | undefined,
  context: Context,
  { interruption, beforeStep, whileSigning }: Steps,
): Promise<Buffer> {
  const folder = makePrivateFolder(context.tempFolder)
  const halting = { env: context.env, interruption, isHalted: brakeOf(context) }
  const onSlow = () => context.err('waiting for gpg to sign: does it ask for a passphrase somewhere?')
  try {
    const signature = `${folder}/message.asc`
    const key = await orHalted(signingKey(keyFlag, context.env, halting), beforeStep)
    const copy = `${folder}/message.org`
    writeFileSync(copy, message.bytes, { mode: 0o600 })
    const signing = { message: copy, signature, key, machine: context.hostName }
    const signed = orHalted(signFile(signing, { ...halting, onSlow }), beforeStep)
    whileSigning?.()
    await signed
    if (message.file === undefined || isUnchanged(message.file)) return readFileSync(signature)
    throw messageChanged()
  } finally {
    removePrivateFolder(folder)
  }
}

/** If HALT ended a program, its error is not reported as a failure of its own (contract B37). */
async function orHalted<Outcome>(work: Promise<Outcome>, beforeStep: () => void): Promise<Outcome> {
  try {
    return await work
  } finally {
    beforeStep()
  }
}

/** The key to sign with: `--key`, `GPG_USER`, git's `user.signingkey`; undefined leaves it to gpg (A3). */
export async function signingKey(
  flag: string | undefined,
  env: Context['env'],
  options: ExecOptions,
): Promise<string | undefined> {
  return nonEmpty(flag) ?? nonEmpty(env.GPG_USER) ?? openPgpKey(await gitSigning(options))
}

/** git's signing settings, if set. */
export interface GitSigning {
  readonly format: string | undefined
  readonly key: string | undefined
}

/** git may be set to sign with ssh or X.509 keys, which gpg cannot use: only OpenPGP keys count. */
export function openPgpKey({ format, key }: GitSigning): string | undefined {
  return format === undefined || format === 'openpgp' ? key : undefined
}

/**
 * git's signing settings. A working folder that only looks like a repository must neither choose the key nor make us
 * hang (contract B42). Throws Failure if git hangs.
 */
export async function gitSigning(options: ExecOptions): Promise<GitSigning> {
  const query = ['config', '--get-regexp', '--null', '^(user\\.signingkey|gpg\\.format)$']
  const args = ['-c', 'safe.bareRepository=explicit', ...query]
  const result = await exec('git', args, { timeout: GIT_TIME, output: 'answer', ...options })
  if (result.failure === 'timed-out') {
    throw gitHangs(GIT_TIME / 1000)
  }
  if (result.exitCode !== 0) return { format: undefined, key: undefined }
  const settings = new Map(
    result.stdout.split('\0').map((entry) => {
      const end = entry.indexOf('\n')
      return [entry.slice(0, end), entry.slice(end + 1)] as const
    }),
  )
  return { format: settings.get('gpg.format'), key: nonEmpty(settings.get('user.signingkey')) }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

/** The file to sign, the file for the signature, and the key; undefined lets gpg choose the key. */
interface Signing {
  readonly message: string
  readonly signature: string
  readonly key: string | undefined
  /** This machine's short name. */
  readonly machine: string
}

/** Writes an armored detached signature of a file. Throws Failure. */
export async function signFile(signing: Signing, options: ExecOptions): Promise<void> {
  const timeout = isatty(0) ? SIGN_TIME.withTerminal : SIGN_TIME.without
  // The signature goes to a file. One pipe less is one socket of node's less.
  const further = { timeout, output: 'words', ...options } as const
  await callGpg(signing, canAskSomebody(options.env), [], further)
}

/**
 * Signs empty input, and returns the armored signature. Never asks for a passphrase, on a terminal or a display, and
 * writes no file. Throws Failure as `signFile` does.
 */
export async function trySigning(
  { key, machine }: Pick<Signing, 'key' | 'machine'>,
  options: ExecOptions,
): Promise<string> {
  const signing = { message: '/dev/null', signature: '-', key, machine }
  const further = ['--pinentry-mode', 'error']
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
  const args = [
    ...further,
    '--status-fd',
    '2',
    '--detach-sign',
    '--armor',
    ...output,
    ...localUser,
    pathArgument(message),
  ]
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

/** gpg's words, and the status lines that are mixed into them. */
function withoutStatus({ failure, stderr }: Result) {
  const words = stderr.split('\n').filter((line) => !line.startsWith('[GNUPG:] '))
  return { failure, status: statusLines(stderr), stderr: words.join('\n') }
}

/** A path that gpg reads as a path, even if it begins with a dash. */
function pathArgument(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}

function canAskSomebody(env: ExecOptions['env']): boolean {
  return isatty(0) || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY)
}

/**
 * Without GPG_TTY, no pinentry draws over the terminal where an agent was started, or waits there forever: gpg fails at
 * once (contract B30). English words can be recognized.
 */
function environmentFor(env: ExecOptions['env'], canAsk: boolean): ExecOptions['env'] {
  return { ...env, LANGUAGE: 'en', ...(canAsk ? {} : { GPG_TTY: undefined }) }
}
