import { shellQuote } from '../text/shell'

/**
 * `absent`: it is optional and not there, or works and is not what it could be. `unknown`: it cannot be told, mostly because something else is wrong that
 * another check names.
 */
export type State = 'ok' | 'bad' | 'absent' | 'unknown'

/** What to do about it. */
export interface Remedy {
  readonly words: string
  /** A line for a POSIX shell that does it, or the first step of it. */
  readonly command?: string
}

/** What the doctor found of one part (contract C6). Texts are as they were found: who shows them escapes them. */
export interface Check {
  /** The part: `signing key`, `peer velox`, … */
  readonly name: string
  readonly state: State
  /** What was found, as one line. */
  readonly said: string
  /** Only of what is bad. */
  readonly remedy?: Remedy
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

/** Names that are shown of many. */
const SHOWN = 3

/** The first of some names, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const rest = names.length - SHOWN
  return names.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** `1 message has`, `2 messages have`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

/** A path, a host or a name as a word of a shell's line, without quotes where it needs none. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./=][\w@%+:,./=-]*$/.test(text) ? text : shellQuote(text)
}
