import { readCommandLine } from '@cac/core/command/command-line'
import { processContext } from '@cac/core/command/context'
import { exitCodeOf, Failure, showFailure } from '@cac/core/command/failure'
import type { Run } from '@cac/core/command/main'
import { requireRules } from '@cac/core/command/rules'
import type { CommandTable } from '@cac/core/command/table'
import type { Home, Outcome } from './home'

/**
 * Runs a command in a home without a process of its own, which takes a fortieth of the time. A usage error
 * ends with 2, as argparse has it. Help and version are made by the build and cannot be asked for here. Throws
 * whatever is neither a Failure nor an error of the system: in a process that is a failure with a line
 * that nobody has thought of.
 */
export async function runInProcess<Table extends CommandTable>(
  { path, env }: Pick<Home, 'path' | 'env'>,
  table: Table,
  run: Run<Table>,
  argv: readonly string[],
  cwd: string,
): Promise<Outcome> {
  const said = { stdout: '', stderr: '' }
  const [callersFolder, callersHome] = [process.cwd(), process.env.HOME]
  process.chdir(cwd)
  process.env.HOME = path
  const context = {
    ...processContext(),
    argv,
    env,
    out: (text: string) => {
      said.stdout += text
    },
    err: (line: string) => {
      said.stderr += `${line}\n`
    },
  }
  const exitCode = async () => {
    const line = readCommandLine(table, argv)
    if (line.wants === 'run') {
      if (!table.checksRulesLater) await requireRules(table, line.values)
      return run(line.values, context)
    }
    context.err(line.wants === 'correction' ? line.problem : line.wants)
    return line.wants === 'correction' ? 2 : 0
  }
  try {
    return { exitCode: await exitCode(), signal: null, ...said }
  } catch (error) {
    if (error instanceof Failure) {
      showFailure(error, context.err)
      return { exitCode: exitCodeOf(error, table), signal: null, ...said }
    }
    if (!(error instanceof Error && 'syscall' in error)) throw error
    context.err(error.message)
    return { exitCode: table.failureExit, signal: null, ...said }
  } finally {
    process.chdir(callersFolder)
    process.env.HOME = callersHome
  }
}
