import { Question } from '../delivery/peer-scripts'
import { shellQuote } from '../text/shell'

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

/** For the peer's shell: only looks. Without backslashes, which not all login shells read alike in quotes. */
const SCRIPT = [
  'answer="cross-agent $(($1 + $2))"; say() { echo "$answer $*"; }; echo',
  'config="$HOME/.config/cross-agent-comms"; say time "$(date +%s)"',
  'if [ -e "$config/HALT" ] || [ -L "$config/HALT" ]; then say halted',
  // What cannot be looked into may hold it.
  'elif [ -e "$config" ] && ! [ -x "$config" ]; then say halted; fi',
  'if rsync=$(rsync --version 2> /dev/null); then say rsync "$rsync"; fi',
  'count=0; for inbox in "$HOME"/projects/*/inbox/from-agents',
  'do [ -e "$inbox" ] || [ -L "$inbox" ] || continue; count=$((count + 1))',
  'if ! [ -d "$inbox" ] || ! [ -w "$inbox" ] || ! [ -x "$inbox" ]; then say shut "$inbox"; fi; done',
  'say inboxes "$count"',
  // Last: what it starts may be anything, and may hang.
  'limit="timeout 5"; command -v timeout > /dev/null || limit=',
  'say version "$($limit cross-agent-status --version < /dev/null 2> /dev/null)"',
].join('; ')

/** A question to a peer, and how to read what it says. */
export interface PeerQuestion {
  readonly command: string
  /** Undefined where nothing of it answers the question. */
  read(stdout: string): PeerAnswer | undefined
}

export function askPeer(): PeerQuestion {
  const question = new Question()
  return {
    command: ['sh', '-c', shellQuote(SCRIPT), 'sh', ...question.words].join(' '),
    read(stdout) {
      const lines = stdout.split('\n').flatMap((line) => question.answerIn(line) ?? [])
      return lines.length === 0 ? undefined : readAnswer(lines)
    },
  }
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
