import { isatty } from 'node:tty'
import { showHaltBanner } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { readLine } from '@cac/core/fs/read-line'
import { type Introduction, meet } from '@cac/core/machines/introduction'
import { takeSteps } from '@cac/core/machines/steps'
import { readTarget } from '@cac/core/machines/target'
import { holdSignals, Interrupted, type Interruption } from '@cac/core/programs/interruption'
import { escapeAll } from '@cac/core/text/terminal'
import { describe, outcome } from './add-report'

declare module '@cac/core/command/failure' {
  interface FailureKinds {
    'not-agreed': true
  }
}

interface Wish {
  /** As ssh takes it. */
  readonly host: string
  readonly name: string | undefined
  /** Whether the question is answered already. */
  readonly isAgreed: boolean
}

/**
 * Adds another machine by the ssh that works already: shows it, asks, and exchanges keys and entries of peers.toml
 * (contract C30). Throws Failure.
 */
export async function addMachine({ host, name, isAgreed }: Wish, context: Context): Promise<number> {
  showHaltBanner(context, false)
  const target = readTarget(host, name)
  const hasTerminal = isatty(0) && isatty(1)
  const introduction = await untilSignal((interruption) => meet(target, hasTerminal, context, interruption))
  try {
    for (const line of describe(introduction)) context.out(`${escapeAll(line)}\n`)
    if (introduction.steps.length > 0) {
      if (!isAgreed) requireYes(introduction, hasTerminal, context)
      await untilSignal((interruption) =>
        takeSteps(introduction, context, interruption, ({ does }) =>
          context.out(escapeAll(`✓ ${does}`).concat('\n'), 'deed'),
        ),
      )
    }
    context.out(`${escapeAll(outcome(introduction))}\n`)
    return 0
  } finally {
    introduction.shell.close()
  }
}

/** Lets work end in order when a signal comes, which then ends this process as usual. */
async function untilSignal<Outcome>(
  work: (interruption: Interruption) => Promise<Outcome>,
): Promise<Outcome> {
  const interruption = holdSignals()
  try {
    return await work(interruption)
  } catch (error) {
    // The signal ends us before this is shown.
    if (error instanceof Interrupted) throw new Error(`ended by ${error.message}`)
    throw error
  } finally {
    interruption.release()
  }
}

function requireYes({ target }: Introduction, hasTerminal: boolean, context: Context): void {
  if (!hasTerminal)
    throw new Failure('not-agreed', {
      message: 'nothing was changed: there is no terminal to ask on',
      hint: 'if all this is right, run the same line with --yes',
    })
  context.out(`Add ${escapeAll(target.name)}? [y/N] `)
  if (/^y(?:es)?$/i.test(readLine().trim())) return
  throw new Failure('not-agreed', { message: 'nothing was changed' })
}
