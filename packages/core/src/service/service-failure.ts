import { Failure } from '../command/failure'

declare module '../command/failure' {
  interface FailureKinds {
    'service-failed': true
  }
}

/** What keeps the watcher's service from being installed, removed or in order. */
export function serviceFailed(
  { problem, hint }: { readonly problem: string; readonly hint?: string },
  cause?: unknown,
): Failure {
  return new Failure('service-failed', { message: `cross-agent-watch: ${problem}`, hint }, cause)
}

/** What to do where nothing here starts services for this user. */
export const START_AT_LOGIN = 'let your system start this at login: cross-agent-watch --quiet --service run'

/** What to do about a service that is missing or not in order. */
export function notInOrder(problem: string, retries: boolean): Failure {
  const hint = `do: cross-agent-watch --service install${retries ? ' --retry' : ''}`
  return serviceFailed({ problem, hint })
}
