import type { RemoteCommand } from '../peers/remote-command'

/** A peer's answer about itself. Undefined fields were not answered. It is unproven, and its text may be hostile. */
export interface PeerAnswer {
  readonly isHalted: boolean
  /** The first line of `rsync --version`. */
  readonly rsync: string | undefined
  /** Seconds since the epoch. */
  readonly time: number | undefined
  readonly inboxes: number | undefined
  /** Inboxes that nothing can be written to. */
  readonly shut: readonly string[]
  /** The output of the peer's status command with --version. */
  readonly version: string | undefined
  /** Its host name, domain included. */
  readonly hostName: string | undefined
  /** The lines of its peers.toml that are about `[local]`. */
  readonly local: string | undefined
  /** Tells its home from others. Linux, macOS and FreeBSD say it. */
  readonly home: string | undefined
}

/** Undefined if the output holds no answer. */
export function answerOf(command: RemoteCommand, stdout: string): PeerAnswer | undefined {
  const lines = command.answersIn(stdout)
  if (lines.length === 0) return undefined
  const texts = command.answersWithTexts(stdout)
  return readAnswer(lines, Array.from(texts).find(({ answer }) => answer === 'local')?.text)
}

function readAnswer(lines: readonly string[], local: string | undefined): PeerAnswer {
  const all = (word: string) =>
    lines
      .filter((line) => line === word || line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1))
  const number = (word: string) => {
    const text = all(word)[0] ?? ''
    return /^\d{1,12}$/.test(text) ? Number(text) : undefined
  }
  return {
    isHalted: all('halted').length > 0,
    rsync: all('rsync')[0],
    time: number('time'),
    inboxes: number('inboxes'),
    shut: all('shut'),
    version: all('version')[0],
    hostName: all('host')[0],
    local,
    home: all('home')[0],
  }
}
