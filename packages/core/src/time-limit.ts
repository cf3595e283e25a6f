import type { Result } from './exec'

/** Milliseconds in which a killed program's pipes usually close. */
const GRACE = 200

/**
 * Calls a program for `limit` milliseconds at most. Killing it at that time is not enough: what it started
 * itself may live on and hold its pipes open, and the end of those would be waited for.
 */
export function withTimeLimit(limit: number, call: (timeout: number) => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve({ exitCode: undefined, stdout: '', stderr: '', failure: 'timed-out' })
    const timer = setTimeout(giveUp, limit + GRACE)
    call(limit)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
