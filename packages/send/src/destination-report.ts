import type { Context } from '@cac/core/command/context'
import { exitCodeOf, Failure, showFailure, stackLines } from '@cac/core/command/failure'
import { reasonOf } from '@cac/core/fs/system-error'
import { Interrupted } from '@cac/core/programs/interruption'
import { sendFailures } from './failures'

/** The exit code of a failure that has none of its own. */
const GENERAL_FAILURE = 1
/** What a delivery says of the outbox, after all that the peer has said. */
const OF_THE_OUTBOX = /^(message|not) kept: /

/**
 * What the delivery to one of several destinations says, as one line with its name (contract C29). The first word says
 * what became of it: `kept:` or `not sent:`. A wait between two tries comes after a line of its own.
 */
export class DestinationReport {
  /** For the delivery. */
  readonly context: Context
  readonly #destination: string
  readonly #shown: Context
  #lines: string[] = []

  constructor(destination: string, context: Context) {
    this.#destination = destination
    this.#shown = context
    this.context = {
      ...context,
      err: (line) => {
        this.#lines.push(line)
      },
      live: (line) => {
        // Only a wait has such a line: the user may fix the cause meanwhile (contract B53).
        this.#tell('')
        context.live(line)
      },
    }
  }

  /** Runs the delivery and returns its exit code. Never throws: it keeps no other delivery back. */
  async of(deliver: () => Promise<number>): Promise<number> {
    let code: number
    try {
      code = await deliver()
    } catch (error) {
      code = this.#report(error)
    }
    if (code === 0) this.#tell('')
    else {
      const words = this.#lines.filter((line) => OF_THE_OUTBOX.test(line)).at(-1)
      this.#tell(words?.startsWith('message') ? 'kept: ' : 'not sent: ')
    }
    return code
  }

  #report(error: unknown): number {
    const { env, err } = this.#shown
    if (env.CROSS_AGENT_DEBUG) for (const line of stackLines(error)) err(line)
    if (error instanceof Failure) {
      showFailure(error, this.context.err)
      return exitCodeOf(error, { failures: sendFailures, failureExit: GENERAL_FAILURE })
    }
    this.#lines.push(error instanceof Interrupted ? `ended by ${error.message}` : reasonOf(error))
    return GENERAL_FAILURE
  }

  #tell(outcome: string): void {
    if (this.#lines.length > 0) this.#shown.err(`${outcome}${this.#destination}: ${this.#lines.join('; ')}`)
    this.#lines = []
  }
}
