/**
 * Every kind of failure that commands tell people of. A room or a command adds its own kinds to this interface, in the
 * file that throws them or where their words stand.
 */
export interface FailureKinds {
  'home-not-utf8': true
  /** The command line is wrong, in a command that reads it as a shell script does. */
  'unknown-flag': true
  /** The command line is wrong. */
  usage: true
}

export type FailureKind = keyof FailureKinds

/** What a failure says: a line for people, and further lines that say what to do. */
export interface Words {
  readonly message: string
  readonly hint?: string | readonly string[] | undefined
}

/** What went wrong. Which exit code a kind has is each command's own: see its table of failures. */
export class Failure extends Error {
  readonly kind: FailureKind
  readonly hints: readonly string[]

  constructor(kind: FailureKind, { message, hint }: Words, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
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
