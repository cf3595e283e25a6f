import { allOptions, bareValueOf } from '../command/command-line'
import { excludedWith, flagOf, meaningOfOption, needsOf } from '../command/goes-with'
import type { CommandTable, OptionSpec, PositionalSpec } from '../command/table'

/** The values that completion offers after a flag or for a word. */
export type Offer =
  | { readonly is: 'nothing' }
  | { readonly is: 'choices'; readonly choices: readonly string[] }
  /** Values that only the command itself knows. The script asks it (see values.ts). */
  | { readonly is: 'values'; readonly kind: string }
  | { readonly is: 'files' }
  /** A program, and then its arguments. */
  | { readonly is: 'command' }

export interface CompletedOption {
  readonly flag: string
  readonly short: string | undefined
  /** The flag and its short form, with their hyphens. */
  readonly names: readonly string[]
  readonly describe: string
  readonly placeholder: string
  /** Undefined for a flag without a value. */
  readonly offer: Offer | undefined
  /** Whether the flag may also stand alone. */
  readonly isValueOptional: boolean
  /** It is offered once a name of each list is on the line. */
  readonly after: readonly (readonly string[])[]
  /** It is not offered once one of these names is on the line. */
  readonly notAfter: readonly string[]
}

export interface CompletedWord {
  readonly name: string
  readonly offer: Offer
  /** Any number of words. */
  readonly repeats: boolean
}

/** The facts about a command that completion needs, from its table (contract C8). */
export interface Completed {
  readonly name: string
  /** The name without `cross-agent-`. */
  readonly command: string
  readonly options: readonly CompletedOption[]
  readonly words: readonly CompletedWord[]
  /** Whether `--flag=value` is read. */
  readonly takesEquals: boolean
}

const ASKED = new Set(['destination', 'project', 'peer', 'message', 'conversation'])

export function completedOf(table: CommandTable): Completed {
  return {
    name: table.name,
    command: table.name.replace('cross-agent-', ''),
    options: allOptions(table).map(([flag, spec]) => ({
      flag,
      short: shortOf(flag, spec),
      names: namesOf(flag, spec),
      describe: meaningOfOption(flag, spec, table),
      placeholder: spec.kind === 'flag' ? '' : spec.placeholder,
      offer: spec.kind === 'flag' ? undefined : offerOf(spec),
      isValueOptional: bareValueOf(spec) !== undefined,
      after: listsBefore(flag, table),
      notAfter: namesIn(excludedWith(flag, table), table),
    })),
    words: table.positionals.map((spec) => ({
      name: spec.name,
      offer: offerOf(spec),
      repeats: spec.rest === true || spec.manyWith !== undefined,
    })),
    takesEquals: table.style !== 'shell',
  }
}

/**
 * What must be on the line before an option is offered. Words that lift a need count like those that meet it. A need
 * that the last option of the line may meet is left out.
 */
function listsBefore(flag: string, table: CommandTable): (readonly string[])[] {
  const excluded = excludedWith(flag, table)
  return needsOf(flag, table)
    .map(({ anyOf, unless }) => [...new Set([...anyOf, ...unless].map(flagOf))])
    .map((words) => words.filter((word) => !excluded.includes(word)))
    .filter((words) => !words.some((word) => table.options[word]?.kind === 'command-line'))
    .map((words) => namesIn(words, table))
}

/** The names of the options among the words of a rule. */
function namesIn(words: readonly string[], table: CommandTable): string[] {
  return words.flatMap((word) => {
    const spec = table.options[word]
    return spec === undefined ? [] : namesOf(word, spec)
  })
}

function namesOf(flag: string, spec: OptionSpec): string[] {
  const short = shortOf(flag, spec)
  return [`--${flag}`, ...(short === undefined ? [] : [`-${short}`])]
}

function shortOf(flag: string, spec: OptionSpec): string | undefined {
  return flag === 'help' ? 'h' : spec.short
}

function offerOf(spec: Exclude<OptionSpec, { kind: 'flag' }> | PositionalSpec): Offer {
  if ('choices' in spec && spec.choices !== undefined) return { is: 'choices', choices: spec.choices }
  if (ASKED.has(spec.kind)) return { is: 'values', kind: spec.kind }
  if (spec.kind === 'file') return { is: 'files' }
  if (spec.kind === 'command-line' || spec.kind === 'program') return { is: 'command' }
  return { is: 'nothing' }
}
