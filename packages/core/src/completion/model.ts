import { allOptions } from '../command/command-line'
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
  readonly describe: string
  readonly placeholder: string
  /** Undefined for a flag without a value. */
  readonly offer: Offer | undefined
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
      short: flag === 'help' ? 'h' : spec.short,
      describe: spec.describe,
      placeholder: spec.kind === 'flag' ? '' : spec.placeholder,
      offer: spec.kind === 'flag' ? undefined : offerOf(spec),
    })),
    words: table.positionals.map((spec) => ({
      name: spec.name,
      offer: offerOf(spec),
      repeats: spec.rest === true || spec.manyWith !== undefined,
    })),
    takesEquals: table.style !== 'shell',
  }
}

function offerOf(spec: Exclude<OptionSpec, { kind: 'flag' }> | PositionalSpec): Offer {
  if ('choices' in spec && spec.choices !== undefined) return { is: 'choices', choices: spec.choices }
  if (ASKED.has(spec.kind)) return { is: 'values', kind: spec.kind }
  if (spec.kind === 'file') return { is: 'files' }
  if (spec.kind === 'command-line' || spec.kind === 'program') return { is: 'command' }
  return { is: 'nothing' }
}
