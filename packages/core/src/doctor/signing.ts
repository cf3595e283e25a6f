import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { type GitSigning, gitSigning, openPgpKey, trySigning } from '../delivery/sign-message'
import {
  agentName,
  makeKey,
  type SigningFacts,
  SigningFailure,
  signingAdvice,
  wayLine,
} from '../delivery/signing-advice'
import { type Key, listKeys } from '../message/gpg-keys'
import { verifyBytes } from '../message/signing'
import type { PeersFile } from '../peers/peers-file'
import { findProgram } from '../programs/find-program'
import { counted } from '../text/counted'
import { absent, bad, type Check, ok, unknown } from './check'

const NAME = 'signing key'
/** Milliseconds that gpg may take to sign or verify an empty text. */
const TIME_LIMIT = 20_000

/** Checks which key would sign a message, and whether it works without a terminal. Asks nobody for a passphrase. */
export async function checkSigningKey(context: Context): Promise<Check[]> {
  const { env } = context
  if (findProgram('gpg', env.PATH) === undefined) return [unknown(NAME, 'without gpg there is none')]
  let git: GitSigning
  try {
    git = await gitSigning({ env })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [bad('git', error.message, error.hints.join('; '))]
  }
  const choice = chooseKey(git, env)
  // If there is no keyring, gpg would make one when it signs. The doctor must change nothing.
  const { hasKeyringOf, keyObstacle } = await import('../delivery/signing-obstacle')
  if (!hasKeyringOf(env)) {
    const obstacle = await keyObstacle(choice.key, env)
    return [advise({ obstacle, words: '', key: choice.key, ...nobody(context) }, choice), ...gitNote(git)]
  }
  return [await tryKey(choice, context), ...gitNote(git)]
}

/** The key and who chose it. */
interface Choice {
  readonly key: string | undefined
  readonly by: string
}

function chooseKey(git: GitSigning, env: Context['env']): Choice {
  if (env.GPG_USER) return { key: env.GPG_USER, by: 'GPG_USER' }
  const key = openPgpKey(git)
  return key === undefined ? { key, by: "gpg's default" } : { key, by: "git's user.signingkey" }
}

function gitNote({ format, key }: GitSigning): Check[] {
  if (key === undefined || format === undefined || format === 'openpgp') return []
  return [ok('git', `signs with ${format}, so its key is not taken for messages`)]
}

async function tryKey(choice: Choice, context: Context): Promise<Check> {
  const options = { env: context.env, timeout: TIME_LIMIT }
  try {
    const signature = await trySigning({ key: choice.key, machine: context.hostName }, options)
    const verdict = await verifyBytes(Buffer.from(signature), new Uint8Array(), options)
    if (!verdict.good) {
      const said = `signs, but receivers would reject it: ${verdict.reason}`
      return bad(NAME, said, 'make a key for agents', makeKey(agentName(context.hostName)))
    }
    const [signer] = verdict.signers
    return ok(NAME, `${signer?.userId} ${signer?.primary}, by ${choice.by}; signs without a terminal`)
  } catch (error) {
    if (error instanceof SigningFailure) return advise(error.facts, choice)
    throw error
  }
}

function nobody({ hostName }: Context) {
  return { canAsk: false, machine: hostName }
}

/** Gives the same advice as send (contract B61). */
function advise(facts: SigningFacts, { key, by }: Choice): Check {
  const { cause, ways, meaning } = signingAdvice(facts)
  const said = cause ?? `gpg does not sign: ${facts.words}`
  const [first = { words: 'see what gpg says about it' }, ...others] = ways
  const words = [first.words, first.next, ...others.map(wayLine), meaning].filter(
    (text) => text !== undefined,
  )
  return bad(NAME, key === undefined ? said : `${said} (${key}, by ${by})`, words.join('; '), first.command)
}

const TRUST = 'trust'
/** Most keys in one call of gpg: the system limits the length of the arguments. */
const MOST_KEYS = 500

/** Checks whether messages signed by the keys of `[trust]` are accepted. */
export async function checkTrust(file: PeersFile | undefined, { env }: Context): Promise<Check[]> {
  if (file === undefined) return []
  let lists: ReadonlySet<string>[]
  try {
    const trust = await file.trust()
    if (trust === undefined) return [absent(TRUST, 'no [trust]: every key of your keyring may sign')]
    lists = [trust.signers, ...trust.from.values()]
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [bad(TRUST, error.message, `${error.hints.join('; ')}; until then every message is rejected`)]
  }
  const trusted = [...new Set(lists.flatMap((list) => [...list]))]
  if (lists[0]?.size === 0)
    return [bad(TRUST, 'trust.signers is empty: every message is rejected', 'put whole fingerprints into it')]
  if (findProgram('gpg', env.PATH) === undefined) return [unknown(TRUST, 'without gpg no key is known')]
  const keys = await listKeys('--list-keys', trusted.slice(0, MOST_KEYS), env)
  if (keys === undefined) return [unknown(TRUST, 'gpg does not list its keys')]
  const checks = trusted.slice(0, MOST_KEYS).flatMap((fingerprint) => checkKey(fingerprint, keys))
  return checks.length > 0 ? checks : [ok(TRUST, counted(trusted.length, 'key', 'keys'))]
}

function checkKey(fingerprint: string, keys: readonly Key[]): Check[] {
  const known = keys.find((key) => key.fingerprint === fingerprint)
  if (known?.condition === 'good') return []
  const is = known === undefined ? 'is not in your keyring' : `is ${known.condition}`
  return [
    bad(
      TRUST,
      `${fingerprint} ${is}: what it signs is rejected`,
      'import the key as its owner has it now, or remove it from the list',
      'gpg --import FILE',
    ),
  ]
}
