import { CommandError } from '@cac/core/errors'
import type { CommandLine, Values } from '@cac/core/options'
import { watchTable } from './options'

const USAGE_EXIT = 1

type Options = Values<typeof watchTable>['options']

/**
 * Reads a command line as the original watch does, which is a shell script: whole flags only, from left to
 * right, no `--flag=value`; the first one that is unknown ends it with 1 (contract, rule 1).
 */
export function readFlags(
  _table: typeof watchTable,
  argv: readonly string[],
): CommandLine<typeof watchTable> {
  const options: { -readonly [Flag in keyof Options]: Options[Flag] } = {
    'projects-glob': undefined,
    log: undefined,
    quiet: false,
    'no-notify': false,
  }
  for (let index = 0; index < argv.length; index++) {
    const flag = argv[index] ?? ''
    if (flag === '-h' || flag === '--help') return { wants: 'help' }
    if (flag === '--version') return { wants: 'version' }
    if (flag === '--quiet') options.quiet = true
    else if (flag === '--no-notify') options['no-notify'] = true
    else if (flag === '--projects-glob' || flag === '--log') {
      const value = argv[++index]
      if (value === undefined) throw usageError(`${flag} needs a value`)
      options[flag === '--log' ? 'log' : 'projects-glob'] = value
    } else throw usageError(`unknown flag: ${flag}`)
  }
  return { wants: 'run', values: { options, positionals: {} } }
}

function usageError(message: string): CommandError {
  return new CommandError(message, USAGE_EXIT, `see: ${watchTable.name} --help`)
}
