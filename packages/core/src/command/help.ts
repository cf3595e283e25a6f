import { fold, SCREEN_WIDTH } from '../text/fold'
import { allOptions, bareValueOf } from './command-line'
import { meaningOfOption, meaningOfPositional } from './goes-with'
import type { CommandTable, OptionSpec, PositionalSpec } from './table'

/** The help text of a command, from its table. yargs lays out the options. Includes the scripts' description. */
export async function helpText(table: CommandTable): Promise<string> {
  const { default: yargs } = await import('yargs')
  const paragraphs = [usageLine(table), table.description, ...(table.details ?? []).map((text) => fold(text))]
  const parser = yargs([])
    .scriptName(table.name)
    .usage(paragraphs.join('\n\n'))
    .help(false)
    .version(false)
    .wrap(SCREEN_WIDTH)
    .epilogue([...lists(table), examples(table), exitCodes(table)].join('\n\n'))
  for (const spec of table.positionals) parser.positional(spec.name, { describe: meaningOfPositional(spec) })
  for (const [flag, spec] of allOptions(table)) {
    const alias = flag === 'help' ? 'h' : spec.short
    parser.option(flag, {
      describe: describeOption(flag, spec, table),
      ...(alias === undefined ? {} : { alias }),
    })
  }
  return `${await parser.getHelp()}\n`
}

/** yargs has no names for values, so the description ends with the name and the default. */
function describeOption(flag: string, spec: OptionSpec, table: CommandTable): string {
  const meaning = meaningOfOption(flag, spec, table)
  if (spec.kind === 'flag') return meaning
  const [fallback, bare] = [defaultOf(spec), bareValueOf(spec)]
  const given = fallback === undefined ? '' : `, default: ${fallback}`
  return `${meaning} [${spec.placeholder}${bare === undefined ? given : `, or nothing: ${bare}`}]`
}

/** The value of an option that is not given: its default, or else its environment variable. */
export function defaultOf(spec: OptionSpec): string | number | undefined {
  const declared = 'default' in spec ? spec.default : undefined
  return declared ?? (spec.environment === undefined ? undefined : `$${spec.environment}`)
}

function examples({ name, examples }: CommandTable): string {
  const lines = examples.map(([line, meaning]) => `  ${line.replace('$0', name)}\n      ${meaning}`)
  return `Examples:\n${lines.join('\n')}`
}

function lists({ lists = [] }: CommandTable): string[] {
  return lists.map(({ title, rows }) => {
    const width = Math.max(...rows.map(([word]) => word.length)) + 4
    const lines = rows.map(([word, meaning]) =>
      fold(`  ${word.padEnd(width - 2)}${meaning}`, ' '.repeat(width)),
    )
    return `${title}:\n${lines.join('\n')}`
  })
}

function exitCodes({ exitCodes }: CommandTable): string {
  return `Exit codes:\n${exitCodes.map(([code, meaning]) => fold(`  ${code}  ${meaning}`, '     ')).join('\n')}`
}

function usageLine(table: CommandTable): string {
  return `Usage: $0 [options]${table.positionals.map(positionalWord).join('')}`
}

/** A positional in the usage line, after a blank. */
export function positionalWord({ name, rest, manyWith, optionalWith, onlyWith }: PositionalSpec): string {
  if (rest) return ` [${name}...]`
  const word = manyWith === undefined ? name : `${name}...`
  return optionalWith === undefined && onlyWith === undefined ? ` <${word}>` : ` [${word}]`
}
