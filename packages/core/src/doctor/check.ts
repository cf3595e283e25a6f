import { shellQuote } from '../text/shell'

/**
 * `absent`: it is optional and missing, or it works but could be better. `unknown`: the check has no answer, usually
 * because of a problem that another check reports.
 */
export type State = 'ok' | 'bad' | 'absent' | 'unknown'

/** How to fix it. */
export interface Remedy {
  readonly words: string
  /** A POSIX shell command that does it, or its first step. */
  readonly command?: string
}

/** The doctor's result for one part (contract C6). Texts are not escaped: the code that shows them does that. */
export interface Check {
  /** The part: `signing key`, `peer velox`, … */
  readonly name: string
  readonly state: State
  /** What was found, as one line. */
  readonly said: string
  /** Only if the state is `bad`. */
  readonly remedy?: Remedy
  /** Lines to copy, into a file or a shell. */
  readonly lines?: readonly string[]
}

export function ok(name: string, said: string): Check {
  return { name, state: 'ok', said }
}

export function absent(name: string, said: string): Check {
  return { name, state: 'absent', said }
}

export function unknown(name: string, said: string): Check {
  return { name, state: 'unknown', said }
}

export function bad(name: string, said: string, words: string, command?: string): Check {
  return { name, state: 'bad', said, remedy: command === undefined ? { words } : { words, command } }
}

/** How many names are shown of a long list. */
const SHOWN = 3

/** The first of some names, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const rest = names.length - SHOWN
  return names.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** A path, host or name as one shell word. Quoted only if necessary. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./=][\w@%+:,./=-]*$/.test(text) ? text : shellQuote(text)
}
