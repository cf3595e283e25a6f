import { readCommandLine } from '@cac/core/command/command-line'
import { Failure } from '@cac/core/command/failure'
import type { CommandLine } from '@cac/core/command/table'
import type { sendTable } from './options'

const FORMS = [
  'to write:  cross-agent-send DESTINATION -m TEXT',
  'to answer: cross-agent-send --reply-to MESSAGE -m TEXT',
  'to send a message that has its header: cross-agent-send DESTINATION FILE',
]

/** Reads the command line; one without a word gets shown the three ways to use the command. Throws Failure (exit 2). */
export function readSendLine(
  table: typeof sendTable,
  argv: readonly string[],
): CommandLine<typeof sendTable> {
  const line = readCommandLine(table, argv)
  if (argv.length > 0 || line.wants !== 'correction') return line
  throw new Failure('usage', { problem: line.problem, command: table.name, forms: FORMS })
}
