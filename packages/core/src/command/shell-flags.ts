import { Failure } from './failure'
import type { CommandLine, CommandTable, OptionSpec, Values } from './table'

/**
 * Reads a command line as the original watch does, which is a shell script: whole flags only, from left to
 * right, no `--flag=value`; the first one that is unknown ends it with 1 (contract, rule 1).
 */
export function readShellFlags<Table extends CommandTable>(
  table: Table,
  argv: readonly string[],
): CommandLine<Table> {
  const options: Record<string, OptionValue> = {}
  for (const [flag, spec] of Object.entries(table.options))
    options[flag] = spec.kind === 'flag' ? false : undefined
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (word === '-h' || word === '--help') return { wants: 'help' }
    if (word === '--version') return { wants: 'version' }
    const flag = word.startsWith('--') ? word.slice(2) : ''
    const spec = Object.hasOwn(table.options, flag) ? table.options[flag] : undefined
    if (spec === undefined)
      return {
        wants: 'correction',
        problem: `unknown flag: ${word}`,
        unknown: [word],
        isIncomplete: false,
        style: 'shell',
      }
    if (spec.kind === 'flag') {
      options[flag] = true
      continue
    }
    const following = argv.slice(index + 1)
    options[flag] = readValue(word, spec, following, table)
    index += spec.kind === 'command-line' ? following.length : 1
  }
  // Filled in as the table declares it, with the types it declares.
  return { wants: 'run', values: { options, positionals: {} } as unknown as Values<Table> }
}

type OptionValue = string | number | boolean | readonly string[] | undefined

/** The value of an option, from the words that follow its flag. */
function readValue(
  word: string,
  spec: OptionSpec,
  following: readonly string[],
  table: CommandTable,
): OptionValue {
  const [value] = following
  if (value === undefined) throw usageError(`${word} needs a value`, table)
  if (spec.kind === 'command-line') return following
  if (spec.kind !== 'seconds') return value
  if (!/^\d{1,9}(\.\d+)?$/.test(value))
    throw usageError(`${word} needs a number of seconds, not ${value}`, table)
  return Number(value)
}

function usageError(problem: string, { name }: CommandTable): Failure {
  return new Failure('unknown-flag', { problem, command: name })
}
