import { parseInteger } from '../text/python-text'
import type { CommandLine, CommandTable, OptionSpec, PositionalSpec, Values } from './table'

const HELP: OptionSpec = { kind: 'flag', describe: 'Show this help and exit' }
const VERSION: OptionSpec = { kind: 'flag', describe: 'Show the version and exit', added: true }

/** A table's options, plus the two that every command has. */
export function allOptions(table: CommandTable): [string, OptionSpec][] {
  return [['help', HELP], ...Object.entries(table.options), ['version', VERSION]]
}

/** An argument, classified by its form alone. Its position does not matter. */
type Argument =
  | { readonly is: 'value'; readonly text: string }
  | { readonly is: 'option'; readonly flag: string; readonly spec: OptionSpec; readonly attached?: string }
  | { readonly is: 'unknown'; readonly text: string }
  | { readonly is: 'terminator' }

class Problem extends Error {
  readonly unknown: readonly string[]
  readonly isIncomplete: boolean

  constructor(message: string, unknown: readonly string[] = [], isIncomplete = false) {
    super(message)
    this.unknown = unknown
    this.isIncomplete = isIncomplete
  }
}

/**
 * Reads a command line as the scripts' argparse does, because that grammar is interface (contract, rule 1). It accepts
 * any unambiguous prefix of a flag, `--flag=value`, `--`, negative numbers and words with blanks as values. If an
 * option repeats, the last one wins. Neither `parseArgs` nor yargs reads this grammar, and both cost more to load.
 */
export function readCommandLine<Table extends CommandTable>(
  table: Table,
  argv: readonly string[],
): CommandLine<Table> {
  try {
    return interpret(table, classify(table, argv))
  } catch (error) {
    if (error instanceof Problem)
      return {
        wants: 'correction',
        problem: error.message,
        unknown: error.unknown,
        isIncomplete: error.isIncomplete,
      }
    throw error
  }
}

function classify(table: CommandTable, argv: readonly string[]): Argument[] {
  const options = allOptions(table)
  const args: Argument[] = []
  let index = 0
  for (; index < argv.length && argv[index] !== '--'; index++) {
    const argument = classifyOne(options, argv[index] ?? '')
    args.push(argument)
    // The argument after an added option is always its value, unless it needs none: a text may begin with a dash.
    if (takesAnyValue(argument) && index + 1 < argv.length)
      args.push({ is: 'value', text: argv[++index] ?? '' })
  }
  if (index === argv.length) return args
  const words = argv.slice(index + 1).map((text) => ({ is: 'value', text }) as const)
  return [...args, { is: 'terminator' }, ...words]
}

function takesAnyValue(argument: Argument): boolean {
  return (
    argument.is === 'option' &&
    argument.spec.added === true &&
    argument.spec.kind !== 'flag' &&
    bareValueOf(argument.spec) === undefined &&
    argument.attached === undefined
  )
}

/** The value of an option that is given without one. Undefined if it needs one. */
export function bareValueOf(spec: OptionSpec): number | undefined {
  return spec.kind === 'integer' ? spec.bare : undefined
}

function classifyOne(options: [string, OptionSpec][], text: string): Argument {
  if (!text.startsWith('-') || text === '-') return { is: 'value', text }
  if (/^-h+$/.test(text)) return { is: 'option', flag: 'help', spec: HELP }
  if (text.startsWith('-h')) throw new Problem(`argument -h/--help: ignored explicit argument in ${text}`)
  const short = options.find(([, spec]) => spec.short !== undefined && text.startsWith(`-${spec.short}`))
  if (short !== undefined) {
    const option = { is: 'option', flag: short[0], spec: short[1] } as const
    return text.length === 2 ? option : { ...option, attached: text.slice(2) }
  }
  if (text.startsWith('--')) {
    const equals = text.indexOf('=')
    const name = text.slice(2, equals < 0 ? undefined : equals)
    const exact = options.filter(([flag]) => flag === name)
    const meant =
      exact.length > 0 ? exact : options.filter(([flag, spec]) => !spec.added && flag.startsWith(name))
    if (meant.length > 1) {
      throw new Problem(
        `ambiguous option: ${text} could match ${meant.map(([flag]) => `--${flag}`).join(', ')}`,
      )
    }
    const [match] = meant
    if (match !== undefined) {
      const option = { is: 'option', flag: match[0], spec: match[1] } as const
      return equals < 0 ? option : { ...option, attached: text.slice(equals + 1) }
    }
  }
  const readsAsValue = /^-\p{Nd}+$|^-\p{Nd}*\.\p{Nd}+$/u.test(text) || text.includes(' ')
  return readsAsValue ? { is: 'value', text } : { is: 'unknown', text }
}

function interpret<Table extends CommandTable>(table: Table, args: readonly Argument[]): CommandLine<Table> {
  const positionals = positionalsOf(table, args)
  const gathered = gather(table, positionals, args)
  if (gathered === 'help' || gathered === 'version') return { wants: gathered }
  const { options } = gathered
  // `gather` and `placeWords` fill in what the table declares, with the declared types.
  return {
    wants: 'run',
    values: { options, positionals: placeWords(positionals, gathered) } as unknown as Values<Table>,
  }
}

/** The options of a command line by flag, and its other arguments, partly sorted. */
interface Gathered {
  readonly options: Record<string, string | number | boolean | undefined>
  readonly words: string[]
  readonly unknown: string[]
  readonly hasTerminator: boolean
  /** How many words came before the last argument that is not a word. */
  readonly wordsBeforeLastRun: number
}

function gather(
  table: CommandTable,
  { names, rest }: Positionals,
  args: readonly Argument[],
): Gathered | 'help' | 'version' {
  const options = defaults(table)
  const words: string[] = []
  const unknown: string[] = []
  let hasTerminator = false
  let wordsBeforeLastRun = 0
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]
    if (argument?.is === 'value') words.push(argument.text)
    else if (argument?.is === 'terminator') hasTerminator = true
    else if (argument?.is === 'unknown') {
      wordsBeforeLastRun = words.length
      const hasRestBegun = rest !== undefined && words.length > names.length
      const list = hasRestBegun && readsAsWord(table, argument.text) ? words : unknown
      list.push(argument.text)
    } else if (argument !== undefined) {
      wordsBeforeLastRun = words.length
      const { flag, spec, attached } = argument
      if (spec.kind === 'flag') {
        if (attached !== undefined) throw new Problem(`argument --${flag}: takes no value, got '${attached}'`)
        if (flag === 'help' || flag === 'version') return flag
        options[flag] = true
        continue
      }
      const bare = bareValueOf(spec)
      if (bare !== undefined && attached === undefined && args[index + 1]?.is !== 'value') {
        options[flag] = bare
        continue
      }
      const next = attached === undefined ? args[++index] : undefined
      const text = attached ?? (next?.is === 'value' ? next.text : undefined)
      if (text === undefined) throw new Problem(`argument --${flag}: expected one value`)
      options[flag] = optionValue(flag, spec, text)
    }
  }
  return { options, words, unknown, hasTerminator, wordsBeforeLastRun }
}

/** The words by the names of their positionals. Throws if there are too few or too many. */
function placeWords(
  { names, needed, rest, many }: Positionals,
  { words, unknown, hasTerminator, wordsBeforeLastRun }: Gathered,
): Record<string, string | readonly string[] | undefined> {
  const missing = needed.filter((name) => names.indexOf(name) >= words.length)
  if (missing.length > 0)
    throw new Problem(`the following arguments are required: ${missing.join(', ')}`, unknown, true)
  const surplus = words.slice(names.length)
  // argparse accepts `--` only next to a positional that it takes in the same run of words.
  const isLoose = hasTerminator && Math.min(words.length, names.length) <= wordsBeforeLastRun
  const odd = rest === undefined ? [...unknown, ...(isLoose ? ['--'] : []), ...surplus] : unknown
  if (odd.length > 0) throw new Problem(`unrecognized arguments: ${odd.join(' ')}`, unknown)
  const placed: Record<string, string | readonly string[] | undefined> = {}
  for (const [index, name] of names.entries()) {
    const word = words[index]
    placed[name] = name === many ? (word === undefined ? [] : [word]) : word
  }
  if (rest !== undefined) placed[rest] = surplus
  return placed
}

/** The positionals that take one word each, those that are required, and the one that takes the rest. */
interface Positionals {
  readonly names: readonly string[]
  readonly needed: readonly string[]
  readonly rest: string | undefined
  /** The positional whose value is a list, although it takes one word here. */
  readonly many: string | undefined
}

function positionalsOf(table: CommandTable, args: readonly Argument[]): Positionals {
  const given = new Set(args.map((argument) => (argument.is === 'option' ? argument.flag : undefined)))
  const takesRest = ({ rest, manyWith = [] }: PositionalSpec) =>
    rest === true || manyWith.some((flag) => given.has(flag))
  const isThere = ({ onlyWith }: PositionalSpec) => onlyWith === undefined || given.has(onlyWith)
  const single = table.positionals.filter((spec) => isThere(spec) && !takesRest(spec))
  const isOptional = ({ onlyWith, optionalWith = [] }: PositionalSpec) =>
    onlyWith !== undefined || optionalWith.some((flag) => given.has(flag))
  return {
    names: single.map(({ name }) => name),
    needed: single.filter((spec) => !isOptional(spec)).map(({ name }) => name),
    rest: table.positionals.find(takesRest)?.name,
    many: single.find(({ manyWith }) => manyWith !== undefined)?.name,
  }
}

/**
 * Within a rest, `-v` is an ordinary word, because text without quotes may hold it (contract B20). The exception is a
 * word that lacks one dash of an option: the option was meant.
 */
function readsAsWord(table: CommandTable, text: string): boolean {
  return !text.startsWith('--') && !Object.keys(table.options).some((flag) => flag.startsWith(text.slice(1)))
}

function defaults(table: CommandTable): Record<string, string | number | boolean | undefined> {
  return Object.fromEntries(
    Object.entries(table.options).map(([flag, spec]) => [
      flag,
      spec.kind === 'flag' ? false : 'default' in spec ? spec.default : undefined,
    ]),
  )
}

function optionValue(flag: string, spec: OptionSpec, text: string): string | number {
  if (spec.kind !== 'integer') return text
  const integer = parseInteger(text)
  if (integer === undefined) {
    const remedy = bareValueOf(spec) === undefined ? '' : '; to give none, write it last or before an option'
    throw new Problem(`argument --${flag}: invalid int value: '${text}'${remedy}`)
  }
  return Number(integer)
}
