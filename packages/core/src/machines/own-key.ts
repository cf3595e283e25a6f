import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { signingKey, trySigning } from '../delivery/sign-message'
import { SigningFailure } from '../delivery/signing-advice'
import { hasKeyringOf, keyObstacle } from '../delivery/signing-obstacle'
import { statusLines } from '../message/signing'
import { type ExecOptions, exec } from '../programs/exec'
import { exportKey, type OwnPublicKey } from './public-keys'

/** Milliseconds. */
const TIME_LIMIT = 20_000
/** Tries to sign nothing, without asking for a passphrase: the status lines name the key (as in meet.sh). */
const TRY = '--batch --no-auto-check-trustdb --no-random-seed-file --pinentry-mode error --status-fd 1'.split(
  ' ',
)

/** The public key that send would sign with (A3), locked or not. Throws Failure with what to do if there is none. */
export async function ownKey(
  context: Context,
  options: Pick<ExecOptions, 'env' | 'interruption'>,
): Promise<OwnPublicKey> {
  const { hostName: machine, env } = context
  const key = await signingKey(undefined, env, options)
  // gpg would make a keyring.
  if (!hasKeyringOf(env)) throw await withoutKey(key, '', context)
  const args = [...TRY, '--output', '/dev/null', '--yes', ...(key === undefined ? [] : ['--local-user', key])]
  const { stdout } = await exec('gpg', [...args, '--detach-sign', '/dev/null'], {
    ...options,
    timeout: TIME_LIMIT,
  })
  const status = statusLines(stdout)
  const begins = status.findIndex(([keyword]) => keyword === 'BEGIN_SIGNING')
  const fingerprint = status
    .slice(0, Math.max(0, begins))
    .findLast(([keyword]) => keyword === 'KEY_CONSIDERED')?.[1]
  if (fingerprint === undefined) {
    // It fails, and says what to do.
    await trySigning({ key, machine }, options)
    throw await withoutKey(key, 'gpg does not say which key it signs with', context)
  }
  const found = await exportKey(fingerprint, options)
  if (typeof found !== 'string') return found
  const message = `cannot give away the public key ${fingerprint}: ${found}`
  throw new Failure('signing-failed', { message, hint: 'look at it with: gpg --list-keys' })
}

async function withoutKey(
  key: string | undefined,
  words: string,
  { hostName: machine, env }: Context,
): Promise<Failure> {
  const obstacle = await keyObstacle(key, env)
  return new SigningFailure({ obstacle, words: words || 'no key', key, canAsk: false, machine })
}
