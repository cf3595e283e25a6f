/** An option of a command, named by its long flag. */
export type OptionSpec = {
  readonly describe: string
  /** Not one of the scripts' options: never matched by an abbreviation, so that theirs keep their meaning. */
  readonly added?: true
} & (
  | { readonly kind: 'flag' }
  | { readonly kind: 'text'; readonly placeholder: string; readonly default?: string }
  | { readonly kind: 'integer'; readonly placeholder: string; readonly default: number }
)

export interface PositionalSpec {
  readonly name: string
  readonly describe: string
  /** Takes all words that are left, also none of them. Only the last positional may. */
  readonly rest?: true
}

/** Everything there is to know about a command line: it is read by this table and explained from it. */
export interface CommandTable {
  readonly name: string
  readonly summary: string
  /** The exit code of a failure that has no code of its own. */
  readonly failureExit: number
  readonly positionals: readonly PositionalSpec[]
  readonly options: Readonly<Record<string, OptionSpec>>
  /** What each exit code means, for the help text. */
  readonly exitCodes: readonly (readonly [number, string])[]
  readonly examples: readonly (readonly [string, string])[]
}

type OptionValue<Spec extends OptionSpec> = Spec extends { kind: 'flag' }
  ? boolean
  : Spec extends { kind: 'integer' }
    ? number
    : Spec extends { default: string }
      ? string
      : string | undefined

type PositionalValue<Spec extends PositionalSpec> = Spec extends { rest: true } ? readonly string[] : string

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
  | { readonly wants: 'correction'; readonly problem: string }
