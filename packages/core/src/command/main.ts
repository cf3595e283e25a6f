import { existsSync, writeSync } from 'node:fs'
import { reasonOf } from '../fs/system-error'
import { UNDECODABLE } from '../text/raw-name'
import { escapeAll } from '../text/terminal'
import { readCommandLine } from './command-line'
import { type Context, processContext } from './context'
import { exitCodeOf, Failure, showFailure, stackLines } from './failure'
import { requireRules } from './rules'
import type { CommandLine, CommandTable, Values, WithSoundRules } from './table'

/** Runs a command with its options and returns its exit code. Throws Failure. */
export type Run<Table extends CommandTable> = (
  values: Values<Table>,
  context: Context,
) => number | Promise<number>

/** Reads a command line by a table. */
export type ReadLine<Table extends CommandTable> = (
  table: Table,
  argv: readonly string[],
) => CommandLine<Table>

/** Runs a command for this process. Nothing else reads argv, reports failures or exits. */
export async function runMain<Table extends CommandTable>(
  table: WithSoundRules<Table>,
  run: Run<Table>,
  read: ReadLine<Table> = readCommandLine,
): Promise<void> {
  const context = contextOf(table)
  const exitCode = await settle(table, run, context, read)
  const { outputFailure, untold } = context
  if (outputFailure !== undefined) {
    const rest = untold.length === 0 ? '' : '; this was done anyway:'
    for (const line of [`cannot write to standard output: ${outputFailure}${rest}`, ...untold])
      context.err(`${table.name}: ${line}`)
  }
  // All output is written by now. With an explicit exit, node does not clear its heap.
  process.exit(exitCode === 0 && outputFailure !== undefined ? table.failureExit : exitCode)
}

/** Exits if there is no home folder: HOME is not set, and the list of users has no entry (contract B43). */
function contextOf({ name, failureExit }: CommandTable): Context {
  try {
    return processContext()
  } catch (error) {
    writeSync(
      2,
      `${name}: cannot tell your home folder: ${escapeAll(reasonOf(error))}; set HOME and try again\n`,
    )
    process.exit(failureExit)
  }
}

async function settle<Table extends CommandTable>(
  table: Table,
  run: Run<Table>,
  context: Context,
  read: ReadLine<Table>,
): Promise<number> {
  try {
    const line = read(table, context.argv)
    if (line.wants === 'run') {
      requireHome(context)
      if (!table.checksRulesLater) await requireRules(table, line.values)
      return await run(line.values, context)
    }
    if (line.wants === 'correction') throw (await import('./usage')).usageFailure(line, table)
    context.out(
      line.wants === 'version'
        ? `${table.name} ${VERSION}\n`
        : await (await import('./help')).helpText(table),
    )
    return 0
  } catch (error) {
    const exitCode = report(error, table, context)
    if (context.env.CROSS_AGENT_DEBUG) for (const line of stackLines(error)) context.err(line)
    return exitCode
  }
}

/** Reports an error and returns its exit code. */
function report(error: unknown, table: CommandTable, context: Context): number {
  if (error instanceof Failure) {
    showFailure(error, context.err)
    return exitCodeOf(error, table)
  }
  context.err(`${table.name}: ${reasonOf(error)}${pathOf(error)}`)
  return table.failureExit
}

/**
 * Node decodes a home name that is not UTF-8 into the name of a different folder. HALT would not be found there, so no
 * command may run.
 */
function requireHome({ home }: Context): void {
  if (!home.includes(UNDECODABLE) || existsSync(home)) return
  throw new Failure('home-not-utf8', {
    message: `HOME is not UTF-8: ${home}`,
    hint: 'give that folder another name',
  })
}

/** The path in the system's error. */
function pathOf(error: unknown): string {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? `: ${error.path}` : ''
}

/** The version of the package. The build sets it. */
declare const VERSION: string
