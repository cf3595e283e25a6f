import type { CommandTable, OptionSpec, PositionalSpec } from './table'

/**
 * What the rules of a table say about one option, whatever is given with it: for help, documents and completion.
 * `rules.ts` checks a whole command line.
 */

/** One of these words must be given too, unless one of `unless` is. */
export interface Need {
  /** Flags, or `FLAG VALUE`. */
  readonly anyOf: readonly string[]
  readonly unless: readonly string[]
}

/** The options that an option needs. A need that a positional may meet is left out: the usage line shows those. */
export function needsOf(flag: string, { rules = [], options }: CommandTable): Need[] {
  return rules.flatMap((rule) => {
    const isOurs = 'needs' in rule && rule.of.includes(flag)
    if (!isOurs || !rule.needs.every((word) => flagOf(word) in options)) return []
    return [{ anyOf: rule.needs, unless: rule.unless ?? [] }]
  })
}

/** The options that never go with an option, in the order of the table. One with a certain value does not count. */
export function excludedWith(flag: string, table: CommandTable): string[] {
  return Object.keys(table.options).filter((other) => exclude(flag, other, table))
}

function exclude(one: string, other: string, table: CommandTable): boolean {
  const isPossible = (word: string) =>
    ![one, other].some((flag) => liftsBetween(flag, word, table).some((lifts) => lifts.length === 0))
  return liftsBetween(one, other, table).some((lifts) => !lifts.some(isPossible))
}

/** For each rule that keeps two options apart: the words that lift it. */
function liftsBetween(one: string, other: string, { rules = [] }: CommandTable): (readonly string[])[] {
  return rules.flatMap((rule) => {
    if (!('excludes' in rule)) return []
    const keeps = (of: string, excluded: string) => rule.of.includes(of) && rule.excludes.includes(excluded)
    return keeps(one, other) || keeps(other, one) ? [rule.unless ?? []] : []
  })
}

/** The flag in a word of a rule. */
export function flagOf(word: string): string {
  return word.split(' ', 1)[0] ?? ''
}

/** What an option does, and what it needs: `With --once: give up after this time`. */
export function meaningOfOption(flag: string, { describe }: OptionSpec, table: CommandTable): string {
  return withWords(
    needsOf(flag, table).map(({ anyOf }) => anyOf),
    describe,
  )
}

/** The same of a positional. */
export function meaningOfPositional({ describe, onlyWith }: PositionalSpec): string {
  return withWords(onlyWith === undefined ? [] : [[onlyWith]], describe)
}

function withWords(needs: readonly (readonly string[])[], describe: string): string {
  // Some descriptions say it themselves, because more than the rules matters.
  if (needs.length === 0 || describe.startsWith('With --')) return describe
  // A name in capitals stays as it is.
  const action = /^[A-Z]{2}/.test(describe) ? describe : describe.charAt(0).toLowerCase() + describe.slice(1)
  return `With ${needs.map(listed).join(' and ')}: ${action}`
}

/** `--once, --exec`. Of values of one flag, only the first has the flag: `--service install, check`. */
function listed(words: readonly string[]): string {
  const isOfSameFlag = (word: string, at: number) => at > 0 && flagOf(words[at - 1] ?? '') === flagOf(word)
  return words
    .map((word, at) => (isOfSameFlag(word, at) ? word.slice(flagOf(word).length + 1) : `--${word}`))
    .join(', ')
}
