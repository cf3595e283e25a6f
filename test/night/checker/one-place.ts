import type { Breach } from '../history'
import { hadFault, hadKill, keyOf } from './asking'
import type { Lying } from './lying'
import type { Index } from './night-index'

/** Promise 1: a message lies in one place, in the project that it was sent to. */
export function oneOfEach(index: Index, lying: ReadonlyMap<string, readonly Lying[]>): Breach[] {
  const killed = new Map(index.night.machines.map(({ name }) => [name, mayBeHalfDone(index, name)]))
  const breaches: Breach[] = []
  for (const [token, all] of lying) {
    const to = index.intended.get(token)?.to
    if (to === undefined) continue
    const files = all.filter(({ where, isPlanted }) => where !== 'outbox' && !isPlanted)
    const stray = files.find(({ place }) => place !== keyOf(to))
    if (stray !== undefined)
      breaches.push({
        promise: 1,
        token,
        text: `${token} must lie in the inbox of ${keyOf(to)}, but it lies in ${stray.machine}:${stray.path}`,
      })
    const there = files.filter((file) => file !== stray)
    if (there.length < 2 || mayBeInBoth(index, there, killed.get(to.machine) === true, to)) continue
    const paths = there.map(({ path }) => path).join(' and ')
    breaches.push({
      promise: 1,
      token,
      text: `${token} must lie in one place of ${keyOf(to)}, but it lies in ${paths}`,
    })
  }
  return breaches
}

/** A kill between two steps may leave a message in two folders. While the folder is away, it may come again. */
function mayBeInBoth(
  index: Index,
  files: readonly Lying[],
  isKilled: boolean,
  to: { readonly machine: string; readonly project: string },
): boolean {
  if (hadFault(index, ['folder away'], to, 0, Number.POSITIVE_INFINITY)) return true
  return isKilled && new Set(files.map(({ where }) => where)).size === files.length && files.length === 2
}

/** Whether any move of a message was killed there, or failed. */
function mayBeHalfDone(index: Index, machine: string): boolean {
  if (hadKill(index, machine)) return true
  for (const moves of index.moves.values())
    if (moves.some(({ by }) => by.machine === machine && by.exit !== 0)) return true
  return false
}
