import { existsSync } from 'node:fs'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { agentName, makeKey, type SigningFacts, unlockKey } from '../command/signing-hint'
import { type GitSigning, gitSigning, openPgpKey } from '../delivery/signing-key'
import { joinPath } from '../fs/paths'
import { verifyBytes } from '../message/signing'
import { findProgram } from '../programs/find-program'
import { bad, type Check, ok, shellWord, unknown } from './check'
import { listKeys } from './gpg-keys'

const NAME = 'signing key'
/** Milliseconds in which gpg signs or verifies nothing. */
const TIME_LIMIT = 20_000

/** Which key would sign a message, and whether it can, without a terminal. Nobody is asked for a passphrase. */
export async function checkSigningKey(context: Context): Promise<Check[]> {
  const { env, home } = context
  if (findProgram('gpg', env.PATH) === undefined) return [unknown(NAME, 'without gpg there is none')]
  let git: GitSigning
  try {
    git = await gitSigning({ env })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [bad('git', error.message, error.hints.join('; '))]
  }
  const choice = chooseKey(git, env)
  if (!hasKeyring(joinPath(home, '.gnupg'), env.GNUPGHOME)) return [noKey(choice, context), ...gitNote(git)]
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

/** Without one gpg would make it: nothing is to be changed. */
function hasKeyring(usual: string, folder = usual): boolean {
  return ['pubring.kbx', 'pubring.gpg', 'public-keys.d'].some((name) => existsSync(joinPath(folder, name)))
}

async function tryKey(choice: Choice, context: Context): Promise<Check> {
  const { trySigning } = await import('../delivery/sign-file')
  const options = { env: context.env, timeout: TIME_LIMIT }
  try {
    const signature = await trySigning({ key: choice.key, machine: context.machine }, options)
    const verdict = await verifyBytes(Buffer.from(signature), new Uint8Array(), options)
    if (!verdict.good) {
      const said = `signs, but receivers would reject it: ${verdict.reason}`
      return bad(NAME, said, ...newKey(context))
    }
    const [signer] = verdict.signers
    return ok(NAME, `${signer?.userId} ${signer?.primary}, by ${choice.by}; signs without a terminal`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // Of the kinds that it throws only this one is left: gpg is there.
    return notSigning(error.facts as SigningFacts, choice, context)
  }
}

async function notSigning(
  { obstacle, words }: SigningFacts,
  choice: Choice,
  context: Context,
): Promise<Check> {
  if (obstacle === 'locked-key') {
    const said = `${shown(choice)} is locked: without a terminal nobody can be asked for its passphrase`
    const remedy = 'unlock it for a while in a terminal, or choose a key without a passphrase by GPG_USER'
    return bad(NAME, said, remedy, unlockKey(choice.key))
  }
  const named = choice.key === undefined ? [] : [choice.key]
  const keys = (await listKeys('--list-secret-keys', named, context.env))?.filter(({ canSign }) => canSign)
  if (keys === undefined) return bad(NAME, `gpg does not answer: ${words}`, 'end it', 'gpgconf --kill all')
  const [first] = keys
  if (first === undefined) return noKey(choice, context)
  if (keys.some(({ condition }) => condition === 'good'))
    return bad(
      NAME,
      `${shown(choice)} cannot sign: ${words}`,
      'see what gpg says of it',
      'gpg --list-secret-keys',
    )
  const { fingerprint, condition } = keys.find((key) => key.condition === 'expired') ?? first
  const said = `${shown(choice)} is ${condition}: ${fingerprint}`
  if (condition !== 'expired') return bad(NAME, said, ...newKey(context))
  const remedy = 'give it more time, and give the key to other machines again'
  return bad(NAME, said, remedy, `gpg --quick-set-expire ${fingerprint} 2y`)
}

function noKey({ key, by }: Choice, context: Context): Check {
  if (key === undefined) return bad(NAME, 'there is no secret key that can sign', ...newKey(context))
  if (/^ssh-|^key::|\.pub$/.test(key)) {
    const said = `${by} names an ssh key: ${key}`
    return bad(NAME, said, 'tell git so; gpg chooses another then', 'git config --global gpg.format ssh')
  }
  const said = `${by} names a key that gpg has no secret key of: ${key}`
  return bad(NAME, said, `name one of these by ${by}`, 'gpg --list-secret-keys')
}

function newKey({ machine }: Context): [words: string, command: string] {
  const name = agentName(machine)
  const choice = shellWord(`GPG_USER=${name}`)
  return [
    `make a key for agents, choose it by ${choice}, and give it to other machines. It only signs and has no passphrase: whoever can read its files signs as you`,
    makeKey(name),
  ]
}

function shown({ key, by }: Choice): string {
  return key === undefined ? "gpg's default key" : `the key of ${by}, ${key},`
}
