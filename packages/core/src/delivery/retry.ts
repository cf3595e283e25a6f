import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../command/context'
import { utcIso } from '../text/utc'
import { diagnosisLine, isHopeless } from './diagnosis'
import type { PushFailure, RemoteDelivery } from './way'

/** Seconds to wait before the second, third and every later try. */
const BACKOFF = [5, 30, 120]
/** Milliseconds between two checks of the HALT file during a wait (contract B12: within a second). */
const LOOK_EVERY = 250

/** One failed try: its time (ISO 8601, UTC) and the error. */
export interface FailedTry {
  readonly time: string
  readonly error: string
}

/** Every failed try, if none succeeded, and the diagnosis that was shown. */
export async function tryRepeatedly(
  step: () => Promise<PushFailure | undefined>,
  { peer, retries, beforeStep }: RemoteDelivery,
  context: Context,
): Promise<{ readonly tries: readonly FailedTry[]; readonly diagnosis?: string } | undefined> {
  const tries: FailedTry[] = []
  const said: { diagnosis?: string } = {}
  for (let attempt = 0; attempt <= retries; attempt++) {
    const last = tries.at(-1)
    if (last !== undefined) {
      beforeStep()
      const seconds = backoffAfter(attempt)
      context.err(`rsync attempt ${attempt} failed: ${last.error}; retrying in ${seconds}s`)
      // The user may fix the cause during the wait (contract B53).
      const diagnosis = diagnosisLine(last.error, peer)
      if (diagnosis !== undefined && diagnosis !== said.diagnosis) context.err(diagnosis)
      if (diagnosis !== undefined) said.diagnosis = diagnosis
      const isNext = `try ${attempt + 1} of ${retries + 1}`
      await waitSeconds(seconds, beforeStep, (left) =>
        context.live(`${isNext} to reach ${peer.name} in ${left} s`),
      )
      context.live(`${isNext} to reach ${peer.name}`)
    }
    const failure = await step()
    if (failure === undefined) return undefined
    tries.push({ time: utcIso(context.now()), error: failure.error })
    if (failure.hopeless || isHopeless(failure.error)) {
      context.err(failure.error)
      return { tries, ...said }
    }
  }
  context.err(`rsync failed after ${retries + 1} attempts: ${tries.at(-1)?.error ?? ''}`)
  return { tries, ...said }
}

/** Seconds to wait after the given number of failed tries. */
function backoffAfter(failedTries: number): number {
  return BACKOFF[Math.min(failedTries, BACKOFF.length) - 1] ?? 0
}

/** Waits and calls `check` regularly, which throws to end the wait early. Passes the seconds left to `tick`. */
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
