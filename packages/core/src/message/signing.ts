import { type ExecOptions, exec, lastWords, type Result } from '../programs/exec'

/** The fingerprints of the key that signed and of the primary key that it belongs to, in capitals. */
export interface Signer {
  readonly key: string
  /** The name on the key, e.g. `Ada <ada@mill.example>`. Whoever made the key chose it. */
  readonly userId: string
  readonly primary: string
}

/** What a signature says about a message: good and by which keys, or why it does not count. */
export type Verdict =
  | { readonly good: true; readonly signers: readonly Signer[] }
  | { readonly good: false; readonly reason: string }

/** Milliseconds. Verifying asks nobody. */
const VERIFY_TIME = 60_000

/** What gpg.conf may switch on must not make a stranger's key known, nor verifying a matter of the network (B35). */
const NO_KEY_IMPORT = '--no-auto-key-import'
const WITHOUT_FETCHING = ['--no-auto-key-retrieve', NO_KEY_IMPORT, '--disable-dirmngr']

/** gpg reads the signature from descriptor 3 and the message from standard input. */
const FROM_PIPES = ['--status-fd', '1', '--verify', '--', '-&3', '-']

/**
 * Verifies a detached signature over these very bytes and judges what gpg found by its status lines (contract B3,
 * B32): what the files hold by now does not matter. Under `isHalted` gpg is not started, or ended.
 */
export async function verifyBytes(
  signature: Uint8Array,
  message: Uint8Array,
  options: ExecOptions,
): Promise<Verdict> {
  const verify = (fetching: readonly string[]) => {
    if (options.isHalted?.())
      return { exitCode: undefined, stdout: '', stderr: '', failure: 'halted' } as const
    const args = ['--enable-special-filenames', ...fetching, ...FROM_PIPES]
    return exec('gpg', args, { timeout: VERIFY_TIME, ...options, inputs: [message, signature] })
  }
  const result = await verify(WITHOUT_FETCHING)
  if (!isUnknownOption(result, NO_KEY_IMPORT)) return judge(result)
  // A gpg too old for the option imports no keys from signatures.
  return judge(await verify(WITHOUT_FETCHING.filter((option) => option !== NO_KEY_IMPORT)))
}

/** Whether gpg gave up at the option, before it looked at anything. Its words are in the user's language. */
function isUnknownOption({ exitCode, stdout, stderr }: Result, option: string): boolean {
  if (exitCode !== 2 || !stderr.includes(option)) return false
  return statusLines(stdout).every(([keyword, where]) => keyword === 'FAILURE' && where === 'option-parser')
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

/** Signatures of one message that are looked at: more are none (contract B32). */
const MOST_SIGNATURES = 4

/** Characters of status lines: what four signatures may say with all their notations stays below. */
const MOST_STATUS = 1024 * 1024

/**
 * gpg ends with 0 also for revoked and expired keys: only status lines tell. Good is what gpg calls good in
 * every one of its signatures, and nothing else.
 */
export function judge(result: Result): Verdict {
  if (result.failure === 'not-found') return { good: false, reason: 'gpg not installed' }
  if (result.failure === 'timed-out') return { good: false, reason: 'gpg did not end in time' }
  if (result.failure === 'halted') return { good: false, reason: 'gpg was ended by the brake' }
  if (result.exitCode !== 0) return { good: false, reason: lastWords(result) }
  if (result.stdout.length > MOST_STATUS) return { good: false, reason: 'gpg reported too much' }
  const status = statusLines(result.stdout)
  if (count(status, 'NEWSIG') > MOST_SIGNATURES)
    return { good: false, reason: `more than ${MOST_SIGNATURES} signatures` }
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
  // Each signature has one line of both kinds, in the same order.
  const signers = valid.map(([, key = '', ...rest], index) => ({
    key,
    primary: rest[8] ?? key,
    userId: unescapePercents(good[index]?.slice(2).join(' ') ?? ''),
  }))
  return { good: true, signers }
}

/** gpg writes bytes that would break a status line as `%0A`; together they are UTF-8. */
function unescapePercents(text: string): string {
  if (!text.includes('%')) return text
  const parts = text.split(/((?:%[0-9A-Fa-f]{2})+)/)
  const toBuffer = (part: string, index: number) =>
    index % 2 === 1 ? Buffer.from(part.replaceAll('%', ''), 'hex') : Buffer.from(part)
  return Buffer.concat(parts.map(toBuffer)).toString()
}

function count(status: readonly string[][], wanted: string): number {
  return status.filter(([keyword]) => keyword === wanted).length
}

/** The fields of every `[GNUPG:] KEYWORD …` line. */
function statusLines(output: string): string[][] {
  const prefix = '[GNUPG:] '
  const lines = output.split('\n').filter((line) => line.startsWith(prefix))
  return lines.map((line) => line.slice(prefix.length).trimEnd().split(' '))
}
