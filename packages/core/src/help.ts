import { allOptions } from './command-line'
import type { CommandTable } from './options'

/** The help text of a command, from its table, laid out by yargs. */
export async function helpText(table: CommandTable): Promise<string> {
  const { default: yargs } = await import('yargs')
  const positionals = table.positionals
    .map(({ name, rest }) => (rest ? ` [${name}...]` : ` <${name}>`))
    .join('')
  const parser = yargs([])
    .scriptName(table.name)
    .usage(`Usage: $0 [options]${positionals}\n\n${table.summary}`)
    .help(false)
    .version(false)
    .wrap(100)
    .epilogue(`Exit codes:\n${table.exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')}`)
  for (const { name, describe } of table.positionals) parser.positional(name, { describe, type: 'string' })
  for (const [flag, spec] of allOptions(table)) {
    parser.option(flag, {
      describe: spec.describe,
      type: spec.kind === 'flag' ? 'boolean' : spec.kind === 'integer' ? 'number' : 'string',
      ...(flag === 'help' ? { alias: 'h' } : {}),
      ...(spec.kind !== 'flag' && spec.default !== undefined ? { default: spec.default } : {}),
    })
  }
  for (const [example, meaning] of table.examples) parser.example(example, meaning)
  return `${await parser.getHelp()}\n`
}
