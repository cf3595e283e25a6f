import { shellQuote } from '../text/shell'

/** Why gpg signed nothing, and what the ways out of it need to know. */
export interface SigningFacts {
  /** gpg's own. */
  readonly words: string
  readonly obstacle: 'not-started' | 'no-secret-key' | 'locked-key' | 'other'
  /** The key that was asked for; undefined where it was left to gpg. */
  readonly key: string | undefined
  /** Whether gpg could ask somebody for a passphrase. */
  readonly canAsk: boolean
  /** This machine's short name. */
  readonly machine: string
}

/** What to do where gpg signed nothing, a line each (contract B30). */
export function signingHint(facts: SigningFacts): string | readonly string[] {
  switch (facts.obstacle) {
    case 'not-started':
      return 'put that right and send again: nothing was sent'
    case 'no-secret-key':
      return noSecretKey(facts)
    case 'locked-key':
      return lockedKey(facts)
    case 'other':
      return 'see which keys there are with: gpg --list-secret-keys (and choose one with --key)'
  }
}

function noSecretKey({ key, machine }: SigningFacts): readonly string[] {
  const name = agentName(machine)
  const isMissing = key === undefined ? 'there is no secret key' : `there is no secret key ${shellQuote(key)}`
  const choice = key === undefined ? '' : `, then choose it with --key ${name}`
  return [`${isMissing}; make a key for agents: ${makeKey(name)}${choice}`, meaning(name)]
}

function lockedKey({ key, canAsk, machine }: SigningFacts): readonly string[] {
  const name = agentName(machine)
  return [
    canAsk
      ? 'the key is locked, and gpg was not given its passphrase'
      : 'the key is locked, and there is no terminal and no display to ask for its passphrase',
    `unlock it for a while, in a terminal: ${unlockKey(key)}`,
    `or make a key for agents: ${makeKey(name)}, then choose it with --key ${name}`,
    meaning(name),
  ]
}

/** gpg removes the file that it could not write: its output must not be given as a file that others need. */
export function unlockKey(key: string | undefined): string {
  const user = key === undefined ? '' : `--local-user ${shellQuote(key)} `
  return `gpg ${user}--output - --detach-sign /dev/null >/dev/null`
}

export function makeKey(name: string): string {
  return `gpg --batch --pinentry-mode loopback --passphrase '' --quick-gen-key ${name} ed25519 sign never`
}

function meaning(name: string): string {
  return `that key only signs and has no passphrase: whoever can read its files signs as you; other machines need it: gpg --armor --export ${name}`
}

/** Nothing in it needs quotes. */
export function agentName(machine: string): string {
  return `agents@${machine.replace(/[^A-Za-z0-9-]/g, '') || 'localhost'}`
}
