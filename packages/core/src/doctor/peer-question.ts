import type { RemoteCommand } from '../peers/remote-command'

/** What a peer says of itself; undefined where it does not say. Nothing of it is proven, and any text is hostile. */
export interface PeerAnswer {
  readonly isHalted: boolean
  /** The first line of `rsync --version`. */
  readonly rsync: string | undefined
  /** Seconds since the epoch. */
  readonly time: number | undefined
  readonly inboxes: number | undefined
  /** Inboxes that nothing can be written to. */
  readonly shut: readonly string[]
  /** What the status command of the peer says to --version. */
  readonly version: string | undefined
}

/** Undefined where nothing that the peer said answers the question. */
export function answerOf(command: RemoteCommand, stdout: string): PeerAnswer | undefined {
  const lines = command.answersIn(stdout)
  return lines.length === 0 ? undefined : readAnswer(lines)
}

function readAnswer(lines: readonly string[]): PeerAnswer {
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
  }
}
