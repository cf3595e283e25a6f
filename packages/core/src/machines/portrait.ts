import type { Answer } from '../peers/peer-shell'

/** What a machine says of itself. Nothing of it is proven, and its text may be hostile. */
export interface Portrait {
  /** Its host name up to the first dot. */
  readonly host: string | undefined
  readonly user: string | undefined
  readonly isHalted: boolean
  /** The versions of its programs; undefined if they are missing. */
  readonly rsync: string | undefined
  readonly gpg: string | undefined
  /** `scripts`: programs of these names that do not know --version. Undefined if there are none. */
  readonly commands: { readonly version: string } | 'scripts' | undefined
  readonly projects: readonly string[]
  /** The content of peers.toml. Empty if there is none, undefined if it cannot be read or is too large. */
  readonly peersToml: { readonly isThere: boolean; readonly bytes: Buffer } | undefined
  /** Whether its keyring has our key. */
  readonly knowsUs: boolean
  readonly key:
    | { readonly fingerprint: string; readonly bytes: Buffer; readonly isLocked: boolean }
    | undefined
}

/** Reads the answers of meet.sh. */
export function readPortrait(answers: readonly Answer[]): Portrait {
  const all = (word: string) =>
    answers.flatMap(({ answer, bytes }) => {
      if (answer !== word && !answer.startsWith(`${word} `)) return []
      return { text: answer.slice(word.length + 1), bytes: bytes ?? Buffer.alloc(0) }
    })
  const first = (word: string) => all(word)[0]
  const key = first('key')
  const peers = first('peers')
  return {
    host: first('host')?.text.split('.')[0],
    user: first('user')?.text,
    isHalted: first('halted') !== undefined,
    rsync: versionIn(first('rsync')?.text),
    gpg: versionIn(first('gpg')?.text),
    commands: commandsIn(first('commands')?.text),
    projects: all('project').map(({ text }) => text),
    peersToml:
      peers !== undefined
        ? { isThere: true, bytes: peers.bytes }
        : first('no-peers') && { isThere: false, bytes: Buffer.alloc(0) },
    knowsUs: first('knows') !== undefined,
    key: key && { fingerprint: key.text, bytes: key.bytes, isLocked: first('locked') !== undefined },
  }
}

function versionIn(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (/\d+(?:\.\d+)+/.exec(text)?.[0] ?? '?')
}

function commandsIn(text: string | undefined): Portrait['commands'] {
  if (text === undefined) return undefined
  const version = /^cross-agent-recv (\d+\.\d+\.\d+\S*)$/.exec(text)?.[1]
  return version === undefined ? 'scripts' : { version }
}
