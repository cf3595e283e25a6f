import { Failure } from '../command/failure'

declare module '../command/failure' {
  interface FailureKinds {
    'service-failed': true
  }
}

/** What keeps the watcher's units from being installed, removed or in order. */
export function serviceFailed(
  { problem, hint }: { readonly problem: string; readonly hint?: string },
  cause?: unknown,
): Failure {
  return new Failure('service-failed', { message: `cross-agent-watch: ${problem}`, hint }, cause)
}
