import type { CommandLine, CommandTable, Correction, OptionSpec, Values } from '@cac/core/command/table'

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
    if (spec === undefined) return correction(`unknown flag: ${word}`, [word])
    if (spec.kind === 'flag') {
      options[flag] = true
      continue
    }
    const following = argv.slice(index + 1)
    const problem = valueProblem(spec, following)
    if (problem !== undefined) return correction(`${word} needs ${problem}`)
    options[flag] = readValue(spec, following)
    index += spec.kind === 'command-line' ? following.length : 1
  }
  // Filled in as the table declares it, with the types it declares.
  return { wants: 'run', values: { options, positionals: {} } as unknown as Values<Table> }
}

type OptionValue = string | number | boolean | readonly string[] | undefined

/** What is wrong with the words that follow an option's flag. */
function valueProblem({ kind }: OptionSpec, [value]: readonly string[]): string | undefined {
  if (value === undefined) return 'a value'
  const isSound = kind !== 'seconds' || /^\d{1,9}(\.\d+)?$/.test(value)
  return isSound ? undefined : `a number of seconds, not ${value}`
}

/** The value of an option, from the words that follow its flag. */
function readValue({ kind }: OptionSpec, following: readonly string[]): OptionValue {
  if (kind === 'command-line') return following
  return kind === 'seconds' ? Number(following[0]) : following[0]
}

function correction(problem: string, unknown: readonly string[] = []): Correction {
  return { wants: 'correction', problem, unknown, isIncomplete: false }
}
