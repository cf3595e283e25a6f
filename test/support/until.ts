import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds. Nothing takes that long, not on the busiest machine, unless it hangs. */
const LIMIT = 120_000

/** Waits until something holds or is found; returns what was found. */
export async function until<Found>(
  find: () => Found | Promise<Found>,
  what: string,
  limit = LIMIT,
): Promise<Exclude<Found, false | undefined>> {
  for (const end = Date.now() + limit; Date.now() <= end; await sleep(20)) {
    const found = await find()
    if (isFound(found)) return found
  }
  throw new Error(`never happened: ${what}`)
}

function isFound<Found>(found: Found): found is Exclude<Found, false | undefined> {
  return found !== false && found !== undefined
}
