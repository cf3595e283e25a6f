import { Failure } from './failure'
import type { CommandLine, CommandTable, Values } from './table'

/**
 * Reads a command line as the original watch does, which is a shell script: whole flags only, from left to
 * right, no `--flag=value`; the first one that is unknown ends it with 1 (contract, rule 1).
 */
export function readShellFlags<Table extends CommandTable>(
  table: Table,
  argv: readonly string[],
): CommandLine<Table> {
  const options: Record<string, string | boolean | undefined> = {}
  for (const [flag, spec] of Object.entries(table.options))
    options[flag] = spec.kind === 'flag' ? false : undefined
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (word === '-h' || word === '--help') return { wants: 'help' }
    if (word === '--version') return { wants: 'version' }
    const flag = word.startsWith('--') ? word.slice(2) : ''
    const spec = Object.hasOwn(table.options, flag) ? table.options[flag] : undefined
    if (spec === undefined) throw usageError(`unknown flag: ${word}`, table)
    if (spec.kind === 'flag') options[flag] = true
    else {
      const value = argv[++index]
      if (value === undefined) throw usageError(`${word} needs a value`, table)
      options[flag] = value
    }
  }
  // Filled in as the table declares it, with the types it declares.
  return { wants: 'run', values: { options, positionals: {} } as unknown as Values<Table> }
}

function usageError(problem: string, { name }: CommandTable): Failure {
  return new Failure('unknown-flag', { problem, command: name })
}
