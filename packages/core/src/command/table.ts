import type { FailureTable } from './failure'

/** What a value names: the help shows it so, and completion offers what there is of it. */
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
  readonly describe: string
  /** Not one of the scripts' options: never matched by an abbreviation, so that theirs keep their meaning. */
  readonly added?: true
  /** One letter that means the same: `m` for `-m`. Only added options have one. */
  readonly short?: string
  /** The environment variable that is asked where the option is not given. */
  readonly environment?: string
} & (
  | { readonly kind: 'flag' }
  | {
      readonly kind: ValueKind
      readonly placeholder: string
      readonly default?: string
      /** All the values that it may have, where they are few. Completion offers them; a rule or the command checks them. */
      readonly choices?: readonly string[]
    }
  | { readonly kind: 'integer'; readonly placeholder: string; readonly default?: number }
  /** Decimals are allowed. Only commands that read shell flags have such options. */
  | { readonly kind: 'seconds'; readonly placeholder: string }
  /** All words that follow, at least one: the last option of its line. Only commands that read shell flags. */
  | { readonly kind: 'command-line'; readonly placeholder: string }
)

export interface PositionalSpec {
  readonly name: string
  readonly kind: ValueKind
  readonly describe: string
  /** Takes all words that are left, also none of them. Only the last positional may. */
  readonly rest?: true
  /** Takes one word or more where this option is given, exactly one elsewhere. Only the last positional may. */
  readonly manyWith?: string
  /** Is one at all only where this option is given, and may be missing then. */
  readonly onlyWith?: string
  /** May be missing where one of these options is given. */
  readonly optionalWith?: readonly string[]
}

/** A word of a rule: an option by its flag, an option that has this value as `FLAG VALUE`, a positional by its name. */
type RuleWord<Table extends CommandTable> =
  | Extract<keyof Table['options'], string>
  | `${Extract<keyof Table['options'], string>} ${string}`
  | Table['positionals'][number]['name']

/** What goes with what. A rule applies where one of `of` is given and none of `unless`. */
export type Rule<Word extends string = string> = {
  readonly of: readonly Word[]
  readonly unless?: readonly Word[]
  /** What is said where it is broken; `$given` is what was given of that which it excludes. Else it is made from the rule. */
  readonly problem?: string
} & (
  | { readonly excludes: readonly Word[] }
  /** At least one of them. */
  | { readonly needs: readonly Word[] }
  /** The value must be one of the option's `choices`. */
  | { readonly isChoice: true }
)

/** A table whose rules name nothing but its own options and positionals. */
export type WithSoundRules<Table extends CommandTable> = Table & {
  readonly rules?: readonly Rule<RuleWord<Table>>[]
}

/** Everything there is to know about a command line: it is read by this table and explained from it. */
export interface CommandTable {
  readonly name: string
  /** The help begins with it: the scripts' own description, word for word, since it is interface. */
  readonly description: string
  /** What else the help says of the command as a whole, one paragraph each. */
  readonly details?: readonly string[]
  /** The ways to use the command, shown where a word is missing: what for, and the line. */
  readonly forms?: readonly (readonly [string, string])[]
  /** The exit code of each kind of failure. */
  readonly failures: FailureTable
  /** The exit code of a failure that has no code of its own. */
  readonly failureExit: number
  readonly positionals: readonly PositionalSpec[]
  readonly options: Readonly<Record<string, OptionSpec>>
  /** The first one that is broken is told of. */
  readonly rules?: readonly Rule[]
  /** The command calls `requireRules` itself, since something else comes before a broken rule: HALT. */
  readonly checksRulesLater?: true
  /** `shell`: flags are read, and what is wrong with them is told, as by a shell script (contract, rule 1). */
  readonly style?: 'shell'
  /** Lists of the help text: words and what they mean. */
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

type PositionalValue<Spec extends PositionalSpec> = Spec extends { rest: true } | { manyWith: string }
  ? readonly string[]
  : Spec extends { optionalWith: readonly string[] } | { onlyWith: string }
    ? string | undefined
    : string

/** A command line as its table reads it: options by their long flag, positionals by their name. */
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
  /** Words in it that look like options and are none. */
  readonly unknown: readonly string[]
  /** Whether a word is missing. */
  readonly isIncomplete: boolean
}
