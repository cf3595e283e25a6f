import { type ExecOptions, exec, lastWords, type Result } from '../programs/exec'

/** The fingerprints of the signing key and of its primary key, in capitals. */
export interface Signer {
  readonly key: string
  /** The name on the key, e.g. `Ada <ada@mill.example>`. The maker of the key chose it. */
  readonly userId: string
  readonly primary: string
}

/** The verdict on a signature: good and by which keys, or why it does not count. */
export type Verdict =
  | { readonly good: true; readonly signers: readonly Signer[] }
  | {
      readonly good: false
      readonly reason: string
      /** gpg could not judge. This says nothing about the signature (contract B56). */
      readonly cannotJudge?: true
    }

/** Milliseconds. Verifying asks nobody for anything. */
const VERIFY_TIME = 60_000

/** Whatever gpg.conf says, gpg must not learn a stranger's key or use the network to verify (B35). */
const NO_KEY_IMPORT = '--no-auto-key-import'
const WITHOUT_FETCHING = ['--no-auto-key-retrieve', NO_KEY_IMPORT, '--disable-dirmngr']

/** Otherwise gpg sometimes writes its trust database. A sandbox or a read-only keyring may forbid that (B56). */
const WITHOUT_WRITING = '--no-auto-check-trustdb'
/** For a database that cannot even be opened. gpg's verdict on the signature does not depend on it. */
const WITHOUT_TRUSTDB = ['--trust-model', 'always']

/** gpg reads the signature from descriptor 3 and the message from standard input. */
const FROM_PIPES = ['--status-fd', '1', '--verify', '--', '-&3', '-']

/**
 * Verifies a detached signature over these bytes, and judges by gpg's status lines (contract B3, B32). The current
 * content of the files does not matter. Under `isHalted`, gpg is not started, or is ended.
 */
export async function verifyBytes(
  signature: Uint8Array,
  message: Uint8Array,
  options: ExecOptions,
): Promise<Verdict> {
  const verify = (further: readonly string[]) => {
    if (options.isHalted?.())
      return { exitCode: undefined, stdout: '', stderr: '', failure: 'halted' } as const
    const args = ['--enable-special-filenames', ...further, WITHOUT_WRITING, ...FROM_PIPES]
    return exec('gpg', args, { timeout: VERIFY_TIME, ...options, inputs: [message, signature] })
  }
  let further = WITHOUT_FETCHING
  let result = await verify(further)
  if (isUnknownOption(result, NO_KEY_IMPORT)) {
    // A gpg too old for the option imports no keys from signatures.
    further = further.filter((option) => option !== NO_KEY_IMPORT)
    result = await verify(further)
  }
  return judge(lacksWord(result, 'NEWSIG') ? await verify([...further, ...WITHOUT_TRUSTDB]) : result)
}

/** Whether gpg rejected the option before it read anything. Its messages are in the user's language. */
function isUnknownOption({ exitCode, stdout, stderr }: Result, option: string): boolean {
  if (exitCode !== 2 || !stderr.includes(option)) return false
  return statusLines(stdout).every(([keyword, where]) => keyword === 'FAILURE' && where === 'option-parser')
}

/** Whether gpg gave up after it read a signature and before its verdict: there it opens the trust database. */
function lacksWord({ exitCode, stdout }: Result, begins: 'NEWSIG' | 'SIG_ID'): boolean {
  if (exitCode === 0 || exitCode === undefined) return false
  const status = statusLines(stdout)
  const words = status.filter(([keyword = '']) => WORDS_ON_SIGNATURES.has(keyword))
  return count(status, begins) > words.length
}

const NOT_GOOD: readonly (readonly [string, string])[] = [
  ['BADSIG', 'the signature does not fit the message'],
  ['ERRSIG', 'the signature could not be checked'],
  ['REVKEYSIG', 'the signing key has been revoked'],
  ['EXPKEYSIG', 'the signing key has expired'],
  ['EXPSIG', 'the signature has expired'],
]

const WORDS_ON_SIGNATURES: ReadonlySet<string> = new Set(['GOODSIG', ...NOT_GOOD.map(([keyword]) => keyword)])

/** The class of a signature over a file's exact bytes. Class 01 is over text, whose line ends may change. */
const BINARY_DOCUMENT = '00'

/** The most signatures of one message. More count as none (contract B32). */
const MOST_SIGNATURES = 4

/** The most characters of status lines. Four signatures with all their notations stay below. */
const MOST_STATUS = 1024 * 1024

/**
 * gpg ends with 0 even for revoked and expired keys, so only its status lines count. A message is good only if gpg
 * calls each of its signatures good.
 */
export function judge(result: Result): Verdict {
  const hindrance = hindranceOf(result)
  if (hindrance !== undefined) return { good: false, reason: hindrance, cannotJudge: true }
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

/** Why gpg could not judge. No sender can cause this (contract B56). Undefined if it judged. */
function hindranceOf(result: Result): string | undefined {
  switch (result.failure) {
    case 'not-found':
      return 'gpg not installed'
    case 'timed-out':
      return 'gpg did not end in time'
    case 'halted':
      return 'gpg was ended by the brake'
    case 'killed':
    case 'not-started':
      return lastWords(result)
  }
  if (result.exitCode === 0) return undefined
  const status = statusLines(result.stdout)
  if (status.some(([keyword, where]) => keyword === 'ERROR' && where === NO_KEYRING)) {
    const words = result.stderr.split('\n').find((line) => KEYRING.test(line)) ?? lastWords(result)
    return `gpg cannot judge: it cannot open its keyring (${words.trim()})`
  }
  const gaveUp = status.some(([keyword, where]) => keyword === 'FAILURE' && where === 'option-parser')
  if (gaveUp || lacksWord(result, 'SIG_ID')) return `gpg cannot judge: ${lastWords(result)}`
  return isNoCodeOfGpg(result.exitCode) ? lastWords(result) : undefined
}

/** The name that gpg's status line has for opening a file of its keyring. */
const NO_KEYRING = 'add_keyblock_resource'
/** The line that names this file, in any language. */
const KEYRING = /pubring|public-keys|keyblock|keyring/

/** gpg itself ends with 0, 1 or 2. Other codes come from the system, for example if it could not load gpg. */
function isNoCodeOfGpg(exitCode: number | undefined): boolean {
  return exitCode !== undefined && exitCode > 2
}

/** gpg writes bytes that would break a status line as `%0A`. Decoded, they form UTF-8. */
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
export function statusLines(output: string): string[][] {
  const prefix = '[GNUPG:] '
  const lines = output.split('\n').filter((line) => line.startsWith(prefix))
  return lines.map((line) => line.slice(prefix.length).trimEnd().split(' '))
}
