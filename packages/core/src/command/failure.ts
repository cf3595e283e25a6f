/**
 * Every kind of failure that commands report to people. A room or a command adds its own kinds to this interface, in
 * the file that throws them or that holds their words.
 */
export interface FailureKinds {
  'home-not-utf8': true
  /** The command line is wrong, in a command that reads flags as a shell script does. */
  'unknown-flag': true
  /** The command line is wrong. */
  usage: true
}

export type FailureKind = keyof FailureKinds

/** The text of a failure: one line that says what is wrong, and further lines that say what to do. */
export interface Words {
  readonly message: string
  readonly hint?: string | readonly string[] | undefined
}

/** Marks what is a Failure: a part that a command carries apart has its own copy of that class. */
const IS_FAILURE = Symbol.for('cross-agent-comms.failure')

/** What went wrong. Each command has its own exit code for each kind: see its table of failures. */
export class Failure extends Error {
  readonly [IS_FAILURE] = true
  readonly kind: FailureKind
  readonly hints: readonly string[]

  constructor(kind: FailureKind, { message, hint }: Words, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.hints = [hint ?? []].flat()
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore-start lint/complexity/noThisInStatic: a class that extends this one inherits this method.
    if (this !== Failure) return super[Symbol.hasInstance](value)
    // biome-ignore-end lint/complexity/noThisInStatic: as above
    return typeof value === 'object' && value !== null && IS_FAILURE in value
  }
}

/** The exit codes that a command documents, by kind of failure. */
export type FailureTable = { readonly [Kind in FailureKind]?: number }

/** The exit code of a failure in a command with this table. */
export function exitCodeOf(
  { kind }: Failure,
  { failures, failureExit }: { readonly failures: FailureTable; readonly failureExit: number },
): number {
  return failures[kind] ?? failureExit
}

/** Shows a failure: its message and each hint on its own line. */
export function showFailure({ message, hints }: Failure, err: (line: string) => void): void {
  err(message)
  for (const hint of hints) err(hint)
}

/** The stack of an error and of its causes, as lines. Shown if CROSS_AGENT_DEBUG is set. */
export function stackLines(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const cause = error.cause === undefined ? [] : ['caused by:', ...stackLines(error.cause)]
  return [...(error.stack ?? error.message).split('\n'), ...cause]
}
