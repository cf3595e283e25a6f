import type { FailureTable } from './failure'

/** What a value names. Completion offers the existing values of some kinds. */
export type ValueKind =
  | 'text'
  | 'file'
  | 'message'
  | 'project'
  | 'peer'
  | 'destination'
  | 'conversation'
  | 'message-type'
  | 'glob'
  | 'program'

/** An option of a command, named by its long flag. */
export type OptionSpec = {
  /** Needs no `With --x:`. Help takes that from the rules. */
  readonly describe: string
  /** The scripts do not have this option. It has no abbreviations, so that theirs keep their meaning. */
  readonly added?: true
  /** The letter of the short form: `m` for `-m`. Only added options have one. */
  readonly short?: string
  /** The environment variable that is read if the option is not given. */
  readonly environment?: string
} & (
  | { readonly kind: 'flag' }
  | {
      readonly kind: ValueKind
      readonly placeholder: string
      readonly default?: string
      /** All allowed values, if they are few. Completion offers them. A rule or the command checks them. */
      readonly choices?: readonly string[]
    }
  | {
      readonly kind: 'integer'
      readonly placeholder: string
      readonly default?: number
      /** The value where none is given: the option is the last word, or an option follows. Only added options have one. */
      readonly bare?: number
    }
  /** Decimals are allowed. Only commands that read shell flags have such options. */
  | { readonly kind: 'seconds'; readonly placeholder: string }
  /** Takes all words that follow, at least one, so it is the last option. Only commands that read shell flags. */
  | { readonly kind: 'command-line'; readonly placeholder: string }
)

export interface PositionalSpec {
  readonly name: string
  readonly kind: ValueKind
  /** Needs no `With --x:`, which `onlyWith` says. */
  readonly describe: string
  /** Takes all words that are left, even if there are none. Only the last positional may do this. */
  readonly rest?: true
  /** With one of these options, takes one or more words; otherwise exactly one. Only the last positional may do this. */
  readonly manyWith?: readonly string[]
  /** Exists only if this option is given. Even then it is optional. */
  readonly onlyWith?: string
  /** Optional if one of these options is given. */
  readonly optionalWith?: readonly string[]
}

/** A word of a rule: an option's flag, `FLAG VALUE` for an option with that value, or a positional's name. */
type RuleWord<Table extends CommandTable> =
  | Extract<keyof Table['options'], string>
  | `${Extract<keyof Table['options'], string>} ${string}`
  | Table['positionals'][number]['name']

/** Which options and words go together. A rule applies if one of `of` is given and none of `unless`. */
export type Rule<Word extends string = string> = {
  readonly of: readonly Word[]
  readonly unless?: readonly Word[]
  /** The message if the rule is broken. `$given` stands for the excluded words. By default, the rule supplies it. */
  readonly problem?: string
} & (
  | { readonly excludes: readonly Word[] }
  /** At least one of them. */
  | { readonly needs: readonly Word[] }
  /** The value must be one of the option's `choices`. */
  | { readonly isChoice: true }
)

/** A table whose rules name only its own options and positionals. */
export type WithSoundRules<Table extends CommandTable> = Table & {
  readonly rules?: readonly Rule<RuleWord<Table>>[]
}

/** Describes a command line completely. The parser and the help both use it. */
export interface CommandTable {
  readonly name: string
  /** The description in the help. It is the scripts' text, word for word, because it is interface. */
  readonly description: string
  /** Further paragraphs of the help about the whole command. */
  readonly details?: readonly string[]
  /** Ways to use the command: purpose and command line. Shown if a word is missing. */
  readonly forms?: readonly (readonly [string, string])[]
  /** The exit code of each kind of failure. */
  readonly failures: FailureTable
  /** The exit code of a failure that has no code of its own. */
  readonly failureExit: number
  readonly positionals: readonly PositionalSpec[]
  readonly options: Readonly<Record<string, OptionSpec>>
  /** Only the first broken rule is reported. */
  readonly rules?: readonly Rule[]
  /** The command calls `requireRules` itself, because it checks HALT before the rules. */
  readonly checksRulesLater?: true
  /** `shell`: reads flags and reports their errors as a shell script does (contract, rule 1). */
  readonly style?: 'shell'
  /** Lists in the help text: words and their meanings. */
  readonly lists?: readonly {
    readonly title: string
    readonly rows: readonly (readonly [string, string])[]
  }[]
  /** What each exit code means, for the help text. */
  readonly exitCodes: readonly (readonly [number, string])[]
  readonly examples: readonly (readonly [string, string])[]
}

type OptionValue<Spec extends OptionSpec> = Spec extends { kind: 'flag' }
  ? boolean
  : Spec extends { kind: 'integer' }
    ? Spec extends { default: number }
      ? number
      : number | undefined
    : Spec extends { kind: 'seconds' }
      ? number | undefined
      : Spec extends { kind: 'command-line' }
        ? readonly string[] | undefined
        : Spec extends { default: string }
          ? string
          : string | undefined

type PositionalValue<Spec extends PositionalSpec> = Spec extends
  | { rest: true }
  | { manyWith: readonly string[] }
  ? readonly string[]
  : Spec extends { optionalWith: readonly string[] } | { onlyWith: string }
    ? string | undefined
    : string

/** The values of a command line: options by long flag, positionals by name. */
export interface Values<Table extends CommandTable> {
  readonly options: { readonly [Flag in keyof Table['options']]: OptionValue<Table['options'][Flag]> }
  readonly positionals: {
    readonly [Spec in Table['positionals'][number] as Spec['name']]: PositionalValue<Spec>
  }
}

export type CommandLine<Table extends CommandTable> =
  | { readonly wants: 'run'; readonly values: Values<Table> }
  | { readonly wants: 'help' | 'version' }
  | Correction

/** What is wrong with a command line. */
export interface Correction {
  readonly wants: 'correction'
  readonly problem: string
  /** Words that look like options but are not. */
  readonly unknown: readonly string[]
  /** Whether a word is missing. */
  readonly isIncomplete: boolean
}
