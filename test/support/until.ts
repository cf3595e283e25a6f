import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds. Nothing takes that long, not on the busiest machine, unless it hangs. */
const LIMIT = 120_000

/** Waits until something holds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  limit = LIMIT,
): Promise<void> {
  for (const end = Date.now() + limit; !(await holds()); await sleep(20)) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`)
  }
}
