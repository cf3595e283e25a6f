import { shellQuote } from '../text/shell'

/** A command for a peer, and how to tell that it was done there. */
export interface Confirmed {
  readonly command: string
  /** Whether what the peer said on standard output confirms it. */
  isConfirmed(stdout: string): boolean
}

/** The word of a confirmation, apart from its number. */
const WORD = 'cross-agent'
const LARGEST = 1_000_000

/**
 * Puts a look behind a command for a peer's login shell, and a word behind the look: only that word on a line of
 * its own counts (contract B34). That a shell ends with 0 proves nothing: it may have read no further than an
 * `exit 0` in its start-up file, or be another program. The word holds a sum that the peer has to work out, so
 * that neither a shell that repeats its command nor a text from an earlier run is taken for it.
 *
 * `look` is for a POSIX shell: what is not so ends it with another exit status. It runs in `sh`, since the login
 * shell may be another.
 */
export function confirmed(command: string, look = ':'): Confirmed {
  const [a, b] = [randomNumber(), randomNumber()]
  const script = `${look} && echo && echo ${WORD} $((${a} + ${b}))`
  const line = `${WORD} ${a + b}`
  return {
    command: `${command} && sh -c ${shellQuote(script)}`,
    isConfirmed: (stdout) => stdout.split('\n').some((said) => said === line || said === `${line}\r`),
  }
}

/** Why an order is not taken as done though its command ended with 0. */
export const NOT_CONFIRMED = 'not confirmed: the shell there ended without doing it; log in and look'

function randomNumber(): number {
  return LARGEST + Math.floor(Math.random() * LARGEST)
}
