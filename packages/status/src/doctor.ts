import type { Context } from '@cac/core/command/context'
import type { Check, State } from '@cac/core/doctor/check'
import { fold, foldCommand } from '@cac/core/text/fold'
import { type Json, toJson } from '@cac/core/text/json'
import { escapeBytes } from '@cac/core/text/raw-name'
import { escapeAll } from '@cac/core/text/terminal'
import type { Options } from './options'

const SOMETHING_WRONG_EXIT = 1
const MARKS: Readonly<Record<State, string>> = { ok: '✓', bad: '✗', absent: '–', unknown: '?' }
/** The remedy follows below the fault. */
const INDENT = '    '

/** Checks every part, and shows each fault with a remedy (contract C6). Changes nothing, also under HALT. */
export async function doctor(
  { json, quiet }: Pick<Options, 'json' | 'quiet'>,
  context: Context,
): Promise<number> {
  const { examine } = await import('@cac/core/doctor/doctor')
  const checks = await examine(context)
  if (!quiet) context.out(json ? renderJson(checks) : checks.map(renderCheck).join(''))
  return checks.some(({ state }) => state === 'bad') ? SOMETHING_WRONG_EXIT : 0
}

function renderJson(checks: readonly Check[]): string {
  const list = checks.map(
    ({ name, state, said, remedy, lines }): Json => ({
      name,
      state,
      said,
      remedy: remedy === undefined ? null : { words: remedy.words, command: remedy.command ?? null },
      ...(lines === undefined ? {} : { lines }),
    }),
  )
  return `${toJson({ healthy: checks.every(({ state }) => state !== 'bad'), checks: list })}\n`
}

/** Names and the texts of peers and files may be anything. None of them forges a line (contract B44). */
function renderCheck({ name, state, said, remedy, lines: copied = [] }: Check): string {
  const lines = [fold(shown(`${MARKS[state]} ${name}: ${said}`), '  ')]
  if (remedy !== undefined) {
    const { words, command } = remedy
    lines.push(INDENT + fold(shown(words + (command === undefined ? '' : ':')), INDENT, INDENT.length))
    if (command !== undefined) lines.push(foldCommand(shown(command), `${INDENT}  `))
  }
  lines.push(...copied.map((line) => INDENT + shown(line)))
  return `${lines.join('\n')}\n`
}

function shown(text: string): string {
  return escapeBytes(escapeAll(text))
}
