import { exec } from '../programs/exec'

/** A key of the keyring, primary or subkey. */
export interface Key {
  /** In capitals. */
  readonly fingerprint: string
  /** The fingerprint of its primary key, which may be the key itself. */
  readonly primary: string
  readonly canSign: boolean
  readonly condition: 'good' | 'expired' | 'revoked' | 'disabled'
  /** Its owner told gpg not to use it. Its signatures stay good. */
  readonly isUnused: boolean
  /** In a listing of secret keys: the secret part is stored elsewhere. */
  readonly isElsewhere: boolean
  /** Milliseconds since the epoch. */
  readonly made: number
}

/** Milliseconds. */
const TIME_LIMIT = 20_000
/** Options that stop gpg from rewriting its trust database, and from looking for keys elsewhere. */
const ONLY_LOOK = ['--batch', '--no-auto-check-trustdb', '--no-auto-key-locate', '--with-colons']

/**
 * The keys that these words name, or all keys without words. Undefined if gpg does not answer in time. `what` is gpg's
 * option.
 */
export async function listKeys(
  what: '--list-keys' | '--list-secret-keys',
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Key[] | undefined> {
  const args = [...ONLY_LOOK, what, '--', ...words]
  const { exitCode, stdout } = await exec('gpg', args, { env, timeout: TIME_LIMIT })
  // gpg ends with 2 if one of several keys is missing.
  return exitCode === undefined ? undefined : readListing(stdout)
}

const PRIMARY = ['pub', 'sec']
const RECORDS = [...PRIMARY, 'sub', 'ssb']
const CONDITIONS: Readonly<Record<string, Key['condition']>> = { e: 'expired', r: 'revoked', d: 'disabled' }

/** The keys in a listing of gpg with colons. */
export function readListing(listing: string): Key[] {
  const keys: Key[] = []
  let found: Omit<Key, 'fingerprint' | 'primary'> | undefined
  let primary: string | undefined
  let isUnused = false
  for (const line of listing.split('\n')) {
    const fields = line.split(':')
    const [record = '', validity = ''] = fields
    const uses = fields[11] ?? ''
    if (RECORDS.includes(record)) {
      if (PRIMARY.includes(record)) {
        primary = undefined
        isUnused = uses.includes('D')
      }
      found = {
        canSign: uses.includes('s'),
        condition: CONDITIONS[validity.charAt(0)] ?? 'good',
        isUnused,
        isElsewhere: fields[14] === '#',
        made: Number(fields[5]) * 1000,
      }
    } else if (record === 'fpr' && found !== undefined) {
      const fingerprint = fields[9] ?? ''
      primary ??= fingerprint
      keys.push({ ...found, fingerprint, primary })
      found = undefined
    }
  }
  return keys
}
