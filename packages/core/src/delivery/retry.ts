import { setTimeout as sleep } from 'node:timers/promises'

/** Seconds to wait before the second, third and every later try. */
const BACKOFF = [5, 30, 120]
/** Milliseconds between two looks at the HALT file during a wait (contract B12: within a second). */
const LOOK_EVERY = 250

/** One try that failed: when (ISO 8601, UTC) and why. */
export interface FailedTry {
  readonly time: string
  readonly error: string
}

/** Seconds to wait after the given number of failed tries. */
export function backoffAfter(failedTries: number): number {
  return BACKOFF[Math.min(failedTries, BACKOFF.length) - 1] ?? 0
}

/** Waits, asking `check` all the while, which throws to end the wait early; tells `tick` how many seconds are left. */
export async function waitSeconds(
  seconds: number,
  check: () => void,
  tick: (secondsLeft: number) => void = () => {},
): Promise<void> {
  const end = performance.now() + seconds * 1000
  for (let left = seconds * 1000; left > 0; left = end - performance.now()) {
    check()
    tick(Math.ceil(left / 1000))
    await sleep(Math.min(left, LOOK_EVERY))
  }
  check()
}
