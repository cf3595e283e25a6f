import { exec } from '../programs/exec'

/** A key of the keyring, primary or subkey. */
export interface Key {
  /** In capitals. */
  readonly fingerprint: string
  readonly canSign: boolean
  readonly condition: 'good' | 'expired' | 'revoked' | 'disabled'
}

/** Milliseconds. */
const TIME_LIMIT = 20_000
/** What keeps gpg from rewriting its database of trust, and from looking for keys elsewhere. */
const ONLY_LOOK = ['--batch', '--no-auto-check-trustdb', '--no-auto-key-locate', '--with-colons']

/**
 * The keys that these words name, all where there are none; undefined where gpg says nothing in time.
 * `what` as gpg's option.
 */
export async function listKeys(
  what: '--list-keys' | '--list-secret-keys',
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Key[] | undefined> {
  const args = [...ONLY_LOOK, what, '--', ...words]
  const { exitCode, stdout } = await exec('gpg', args, { env, timeout: TIME_LIMIT })
  // It ends with 2 where one of several is not there.
  return exitCode === undefined ? undefined : readListing(stdout)
}

const RECORDS = ['pub', 'sub', 'sec', 'ssb']
const CONDITIONS: Readonly<Record<string, Key['condition']>> = { e: 'expired', r: 'revoked', d: 'disabled' }

function readListing(listing: string): Key[] {
  const keys: Key[] = []
  let found: Omit<Key, 'fingerprint'> | undefined
  for (const line of listing.split('\n')) {
    const fields = line.split(':')
    const [record = '', validity = ''] = fields
    if (RECORDS.includes(record)) {
      const canSign = fields[11]?.includes('s') ?? false
      found = { canSign, condition: CONDITIONS[validity.charAt(0)] ?? 'good' }
    } else if (record === 'fpr' && found !== undefined) {
      keys.push({ ...found, fingerprint: fields[9] ?? '' })
      found = undefined
    }
  }
  return keys
}
