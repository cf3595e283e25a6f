import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import type { PeersFile } from '../peers/peers-file'
import { findProgram } from '../programs/find-program'
import { absent, bad, type Check, counted, ok, unknown } from './check'
import { type Key, listKeys } from './gpg-keys'

const NAME = 'trust'
/** Keys that are asked for at a time: a line of arguments has its limits. */
const MOST_KEYS = 500

/** Whether the keys of `[trust]` are such that messages by them are taken. */
export async function checkTrust(file: PeersFile | undefined, { env }: Context): Promise<Check[]> {
  if (file === undefined) return []
  let lists: ReadonlySet<string>[]
  try {
    const trust = await file.trust()
    if (trust === undefined) return [absent(NAME, 'no [trust]: every key of your keyring may sign')]
    lists = [trust.signers, ...trust.from.values()]
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [bad(NAME, error.message, `${error.hints.join('; ')}; until then every message is rejected`)]
  }
  const trusted = [...new Set(lists.flatMap((list) => [...list]))]
  if (lists[0]?.size === 0)
    return [bad(NAME, 'trust.signers is empty: every message is rejected', 'put whole fingerprints into it')]
  if (findProgram('gpg', env.PATH) === undefined) return [unknown(NAME, 'without gpg no key is known')]
  const keys = await listKeys('--list-keys', trusted.slice(0, MOST_KEYS), env)
  if (keys === undefined) return [unknown(NAME, 'gpg does not list its keys')]
  const checks = trusted.slice(0, MOST_KEYS).flatMap((fingerprint) => checkKey(fingerprint, keys))
  return checks.length > 0 ? checks : [ok(NAME, counted(trusted.length, 'key', 'keys'))]
}

function checkKey(fingerprint: string, keys: readonly Key[]): Check[] {
  const known = keys.find((key) => key.fingerprint === fingerprint)
  if (known?.condition === 'good') return []
  const is = known === undefined ? 'is not in your keyring' : `is ${known.condition}`
  return [
    bad(
      NAME,
      `${fingerprint} ${is}: what it signs is rejected`,
      'import the key as its owner has it now, or take it out of the list',
      'gpg --import FILE',
    ),
  ]
}
