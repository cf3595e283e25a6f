import { type FailureFacts, type FailureKind, WORDS } from './failure-words'

/**
 * What went wrong, as a kind with its facts. The message is one line for people; the hints, where there are any, are
 * further lines that say what to do. Which exit code a kind has is each command's own: see its table of failures.
 */
export class Failure<Kind extends FailureKind = FailureKind> extends Error {
  readonly kind: Kind
  readonly facts: FailureFacts[Kind]
  readonly hints: readonly string[]

  constructor(kind: Kind, facts: FailureFacts[Kind], cause?: unknown) {
    const { message, hint } = WORDS[kind](facts)
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.facts = facts
    this.hints = [hint ?? []].flat()
  }
}

/** The exit code of each kind of failure that a command documents one for. */
export type FailureTable = { readonly [Kind in FailureKind]?: number }

/** A failure's exit code in a command that has this table of them. */
export function exitCodeOf(
  { kind }: Failure,
  { failures, failureExit }: { readonly failures: FailureTable; readonly failureExit: number },
): number {
  return failures[kind] ?? failureExit
}

/** Shows a failure: its message and its hints, on a line each. */
export function showFailure({ message, hints }: Failure, err: (line: string) => void): void {
  err(message)
  for (const hint of hints) err(hint)
}

/** With CROSS_AGENT_DEBUG set: the stack of an error and of its causes, a line each. */
export function stackLines(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const cause = error.cause === undefined ? [] : ['caused by:', ...stackLines(error.cause)]
  return [...(error.stack ?? error.message).split('\n'), ...cause]
}
