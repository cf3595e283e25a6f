import { exec } from '../programs/exec'

/** A key of the keyring, primary or subkey. */
export interface Key {
  /** In capitals. */
  readonly fingerprint: string
  /** The fingerprint of the primary key that it belongs to: its own if it is one. */
  readonly primary: string
  readonly canSign: boolean
  readonly condition: 'good' | 'expired' | 'revoked' | 'disabled'
  /** Its owner told gpg not to use it. What it signed stays good. */
  readonly isUnused: boolean
  /** Of a listing of secret keys: the secret part is somewhere else. */
  readonly isElsewhere: boolean
  /** Milliseconds since the epoch. */
  readonly made: number
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

const PRIMARY = ['pub', 'sec']
const RECORDS = [...PRIMARY, 'sub', 'ssb']
const CONDITIONS: Readonly<Record<string, Key['condition']>> = { e: 'expired', r: 'revoked', d: 'disabled' }

function readListing(listing: string): Key[] {
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
