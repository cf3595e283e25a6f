import { CommandError } from './errors'
import { allWords, type ExecOptions, exec, lastWords, type Result } from './exec'

/** The fingerprints of the key that signed and of the primary key that it belongs to, in capitals. */
export interface Signer {
  readonly key: string
  readonly primary: string
}

/** What a signature says about a message: good and by which keys, or why it does not count. */
export type Verdict =
  | { readonly good: true; readonly signers: readonly Signer[] }
  | { readonly good: false; readonly reason: string }

/** Milliseconds: verifying asks nobody, signing may ask for a passphrase. */
const VERIFY_TIME = 60_000
const SIGN_TIME = 10 * 60_000

/** A path that gpg takes for a path, also where it begins with a dash. */
function pathArgument(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}

/** Writes an armored detached signature of `message` to `signature`. Throws CommandError (exit 1). */
export async function signFile(
  message: string,
  signature: string,
  key: string | undefined,
  options: ExecOptions,
): Promise<void> {
  const localUser = key === undefined ? [] : ['--local-user', key]
  const args = [
    '--detach-sign',
    '--armor',
    '--yes',
    '--output',
    signature,
    ...localUser,
    pathArgument(message),
  ]
  const result = await exec('gpg', args, { timeout: SIGN_TIME, ...options })
  if (result.exitCode === 0) return
  if (result.failure === 'not-found') {
    throw new CommandError('gpg not found; install gnupg or use --no-sign for testing', 1)
  }
  throw new CommandError(
    `signing failed: ${allWords(result)}`,
    1,
    result.failure === 'not-started'
      ? 'put that right and send again: nothing was sent'
      : 'see which keys there are with: gpg --list-secret-keys (and choose one with --key)',
  )
}

/**
 * Verifies a detached signature over these very bytes and judges what gpg found by its status lines (contract B3,
 * B32): what the files hold by now does not matter.
 */
export async function verifyBytes(
  signature: Uint8Array,
  message: Uint8Array,
  options: ExecOptions,
): Promise<Verdict> {
  const args = ['--enable-special-filenames', '--status-fd', '1', '--verify', '--', '-&3', '-']
  return judge(await exec('gpg', args, { timeout: VERIFY_TIME, ...options, inputs: [message, signature] }))
}

const NOT_GOOD: readonly (readonly [string, string])[] = [
  ['BADSIG', 'the signature does not fit the message'],
  ['ERRSIG', 'the signature could not be checked'],
  ['REVKEYSIG', 'the signing key has been revoked'],
  ['EXPKEYSIG', 'the signing key has expired'],
  ['EXPSIG', 'the signature has expired'],
]

/** The class of a signature over a file's exact bytes; 01 is over text, whose line ends may be changed. */
const BINARY_DOCUMENT = '00'

/**
 * gpg ends with 0 also for revoked and expired keys: only status lines tell. Good is what gpg calls good in
 * every one of its signatures, and nothing else.
 */
export function judge(result: Result): Verdict {
  if (result.failure === 'not-found') return { good: false, reason: 'gpg not installed' }
  if (result.failure === 'timed-out') return { good: false, reason: 'gpg did not end in time' }
  if (result.exitCode !== 0) return { good: false, reason: lastWords(result) }
  const status = statusLines(result.stdout)
  for (const [keyword, meaning] of NOT_GOOD) {
    if (status.some(([found]) => found === keyword)) return { good: false, reason: `${meaning} (${keyword})` }
  }
  const valid = status.filter(([keyword]) => keyword === 'VALIDSIG')
  const good = status.filter(([keyword]) => keyword === 'GOODSIG')
  if (valid.length === 0 || good.length !== valid.length) {
    return { good: false, reason: 'gpg reported no good signature' }
  }
  if (valid.some((fields) => fields[9] !== BINARY_DOCUMENT)) {
    return { good: false, reason: 'not a signature over the exact bytes of the message (text mode)' }
  }
  const signers = valid.map(([, key = '', ...rest]) => ({ key, primary: rest[8] ?? key }))
  return { good: true, signers }
}

/** The fields of every `[GNUPG:] KEYWORD …` line. */
function statusLines(output: string): string[][] {
  const prefix = '[GNUPG:] '
  const lines = output.split('\n').filter((line) => line.startsWith(prefix))
  return lines.map((line) => line.slice(prefix.length).trimEnd().split(' '))
}
