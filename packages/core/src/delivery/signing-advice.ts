import { Failure } from '../command/failure'
import { deadLockAdvice } from '../message/gpg-folder'
import { shellQuote } from '../text/shell'

/** What prevents a signature, with the facts that its remedies need. */
export type Obstacle =
  | { readonly is: 'not-started' | 'timed-out' | 'locked-key' | 'other' }
  /** `another`: an existing key that can sign. */
  | { readonly is: 'no-secret-key'; readonly another: string | undefined }
  /** git's key is an ssh key. */
  | { readonly is: 'ssh-key' }
  /** GNUPGHOME does not exist; `usual` if the usual keyring exists. */
  | { readonly is: 'no-folder'; readonly folder: string; readonly usual: boolean }
  /** The keyring's folder or a file in it cannot be read, because of its mode or another reason. */
  | { readonly is: 'closed-folder'; readonly path: string; readonly reason: string; readonly byMode: boolean }
  /** An empty folder is mounted over the keyring. */
  | { readonly is: 'covered-folder'; readonly folder: string }
  /** The path is too long for a socket. `shorter`: a free path for a link. */
  | { readonly is: 'long-folder'; readonly folder: string; readonly shorter: string }
  | { readonly is: 'no-agent' }
  /** Locks of gpg that nobody holds. They block it. */
  | { readonly is: 'dead-locks'; readonly locks: readonly string[] }
  /** `subkey` if only that has expired. */
  | { readonly is: 'expired-key'; readonly fingerprint: string; readonly subkey: string | undefined }
  | { readonly is: 'revoked-key'; readonly fingerprint: string; readonly another: string | undefined }
  | { readonly is: 'unused-key'; readonly fingerprint: string }
  /** The key was made later than this machine's clock. Both times are in milliseconds. */
  | { readonly is: 'future-key'; readonly fingerprint: string; readonly made: number; readonly now: number }

/** Why gpg signed nothing, and the facts that the remedies need. */
export interface SigningFacts {
  /** gpg's own words. */
  readonly words: string
  readonly obstacle: Obstacle
  /** The requested key; undefined if gpg was to choose. */
  readonly key: string | undefined
  /** Whether gpg could ask for a passphrase. */
  readonly canAsk: boolean
  /** This machine's short name. */
  readonly machine: string
}

/** One remedy. */
export interface Way {
  readonly words: string
  /** A line for a POSIX shell. */
  readonly command?: string
  /** The next step after the command. */
  readonly next?: string
}

/** The problem and its remedies, for send and the doctor alike (contract B61). */
export interface SigningAdvice {
  readonly cause: string | undefined
  /** The best one first. */
  readonly ways: readonly Way[]
  /** The consequence of a remedy. */
  readonly meaning?: string
}

/** gpg signed nothing. */
export class SigningFailure extends Failure {
  readonly facts: SigningFacts

  constructor(facts: SigningFacts) {
    super('signing-failed', { message: `signing failed: ${facts.words}`, hint: hintOf(facts) })
    this.facts = facts
  }
}

/** What to do if gpg signed nothing, one line each (contract B30). */
function hintOf(facts: SigningFacts): readonly string[] {
  const { cause, ways, meaning } = signingAdvice(facts)
  const [first, ...others] = ways.map(wayLine)
  const isShort = facts.obstacle.is === 'no-secret-key'
  const lines = isShort ? [`${cause}; ${first}`, ...others] : [cause, first, ...others]
  return [...lines, meaning].filter((line) => line !== undefined)
}

export function wayLine({ words, command, next }: Way): string {
  return words + (command === undefined ? '' : `: ${command}`) + (next === undefined ? '' : `, ${next}`)
}

const OUTSIDE: Way = {
  words: "in an agent's sandbox, run this command outside it, or let it read and write that folder",
}

export function signingAdvice({ obstacle, key, canAsk, machine }: SigningFacts): SigningAdvice {
  const name = agentName(machine)
  const ownKey = newKey(name, key !== undefined)
  switch (obstacle.is) {
    case 'not-started':
      return { cause: undefined, ways: [{ words: 'fix that and send again: nothing was sent' }] }
    case 'other': {
      const words = 'see which keys there are with: gpg --list-secret-keys (and choose one with --key)'
      return { cause: undefined, ways: [{ words }] }
    }
    case 'no-secret-key': {
      const cause = key === undefined ? 'there is no secret key' : `there is no secret key ${shellQuote(key)}`
      return { cause, ways: [ownKey, ...choice(obstacle.another)], meaning: meaning(name) }
    }
    case 'ssh-key': {
      const cause = `git names an ssh key, which gpg cannot use: ${key ?? ''}`
      const command = 'git config --global gpg.format ssh'
      return { cause, ways: [{ words: 'tell git so; gpg then chooses another key', command }] }
    }
    case 'locked-key': {
      const cause = canAsk
        ? 'the key is locked, and gpg was not given its passphrase'
        : 'the key is locked, and there is no terminal and no display to ask for its passphrase'
      const another = { ...newKey(name, true), words: 'or make a key for agents' }
      return { cause, ways: [unlocking(key), another], meaning: meaning(name) }
    }
    case 'timed-out': {
      const cause = 'gpg did not end: it may ask for a passphrase where nobody sees it, or its agent hangs'
      const restart = { words: 'or end its agent; gpg starts it again', command: 'gpgconf --kill gpg-agent' }
      return { cause, ways: [unlocking(key), restart] }
    }
    case 'no-folder':
      return {
        cause: `GNUPGHOME names a folder that is not there: ${obstacle.folder}`,
        ways: withoutFolder(obstacle, name),
      }
    case 'closed-folder': {
      const cause = `gpg cannot open its keyring: ${obstacle.reason}: ${obstacle.path}`
      const open = { words: 'give yourself access', command: `chmod u+rwX ${shellQuote(obstacle.path)}` }
      return { cause, ways: obstacle.byMode ? [open] : [OUTSIDE] }
    }
    case 'covered-folder':
      return {
        cause: `gpg finds no key: an empty folder is mounted over ${obstacle.folder}`,
        ways: [OUTSIDE],
      }
    case 'long-folder': {
      const { folder, shorter } = obstacle
      const link = shellQuote(shorter)
      const command = `ln -sfn ${shellQuote(folder)} ${link} && export GNUPGHOME=${link}`
      const cause = `the path of gpg's folder is too long for the socket of its agent: ${folder}`
      return { cause, ways: [{ words: 'reach it by a shorter one', command }] }
    }
    case 'no-agent': {
      const start = {
        words: 'start it, outside the sandbox if there is one',
        command: 'gpgconf --launch gpg-agent',
      }
      return {
        cause: "gpg's agent, which holds the keys, does not run and could not be started",
        ways: [start],
      }
    }
    case 'dead-locks': {
      const { cause, command } = deadLockAdvice(obstacle.locks)
      return { cause, ways: [{ words: 'remove it', command }] }
    }
    case 'expired-key': {
      const { fingerprint, subkey } = obstacle
      const words = 'give it more time, and give the key to other machines again'
      const command = `gpg --quick-set-expire ${fingerprint} 2y${subkey === undefined ? '' : ` ${subkey}`}`
      return { cause: `the key has expired: ${subkey ?? fingerprint}`, ways: [{ words, command }] }
    }
    case 'revoked-key': {
      const cause = `the key was revoked: ${obstacle.fingerprint}`
      return { cause, ways: [ownKey, ...choice(obstacle.another)], meaning: meaning(name) }
    }
    case 'unused-key': {
      const command = `gpg --batch --edit-key ${obstacle.fingerprint} enable quit`
      return {
        cause: `the key is disabled: ${obstacle.fingerprint}`,
        ways: [{ words: 'enable it', command }],
      }
    }
    case 'future-key': {
      const { fingerprint, made, now } = obstacle
      const cause = `the key was made at ${instant(made)}, but it is ${instant(now)} by this machine's clock: ${fingerprint}`
      return { cause, ways: [{ words: 'correct the clock' }] }
    }
  }
}

function withoutFolder({ folder, usual }: Extract<Obstacle, { is: 'no-folder' }>, name: string): Way[] {
  const command = `mkdir -p -m 700 ${shellQuote(folder)} && ${makeKey(name)}`
  const words = 'make it, and a key for agents in it'
  return usual
    ? [
        { words: 'use your usual keyring', command: 'unset GNUPGHOME' },
        { words: `or ${words}`, command },
      ]
    : [{ words, command }]
}

function newKey(name: string, mustBeChosen: boolean): Way {
  const way = { words: 'make a key for agents', command: makeKey(name) }
  return mustBeChosen ? { ...way, next: `then choose it with --key ${name}` } : way
}

function choice(another: string | undefined): Way[] {
  return another === undefined ? [] : [{ words: `or choose a key that is there: --key ${another}` }]
}

function unlocking(key: string | undefined): Way {
  return { words: 'unlock it for a while, in a terminal', command: unlockKey(key) }
}

function instant(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

/** gpg removes an output file that it cannot write: never name one that others need. */
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
