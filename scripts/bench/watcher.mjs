// @ts-check
/** What a running watcher costs, and how soon it tells of a message. */
import { setTimeout as sleep } from 'node:timers/promises'
import { compare, takeTurns } from './measure.mjs'
import { memoryOf, processorTime } from './proc.mjs'
import { WatchedHome } from './watched-home.mjs'

/** @import { World } from './world.mjs' */

/**
 * @typedef {object} WatchScenario
 * @property {string} name
 * @property {(watched: WatchedHome) => Promise<Figure[]>} take Measures one round.
 * @property {number} [mostPairs] The most rounds.
 * @property {boolean} [isLarge] Measured only with --all.
 */

/** @typedef {[words: string, unit: string, value: number]} Figure `words` follow the name of the scenario. */

/** Milliseconds until V8 has cleared up after the start, which it does once, with all its threads. */
const SETTLING = 30_000
/** Seconds in which nothing arrives. */
const IDLE = 30

/**
 * Runs both watchers, each in a home of its own, and measures them in turn: the other one has nothing to do meanwhile.
 * Returns a row for each figure, but for those that are 0 on both sides.
 * @param {WatchScenario} scenario
 * @param {World} world
 * @param {number} pairs
 */
export function measureWatcher({ name, take, mostPairs = Number.POSITIVE_INFINITY }, world, pairs) {
  return world.withHome(async (home) => {
    const watched = /** @type {const} */ (['ours', 'script']).map((side) => {
      const call = world.calls('watch', `${home}/${side}`, ['--quiet'])[side]
      return call && new WatchedHome(world, `${home}/${side}`, call)
    })
    try {
      await Promise.all(watched.map((each) => each?.begin()))
      const taken = await takeTurns(watched, Math.min(pairs, mostPairs), take)
      const [first = []] = taken.flat()
      const rows = first.map(([words, unit], index) => {
        const values = taken.map((rounds) => rounds.map((figures) => figures[index]?.[2] ?? Number.NaN))
        return compare(`${name}${words}`, unit, values)
      })
      return rows.filter((row) => row.ours !== 0 || row.script > 0)
    } finally {
      for (const each of watched) each?.end()
    }
  })
}

/**
 * So many messages at once: a thousand or more, because the kernel tells the processor time of children in steps of
 * ten milliseconds.
 * @param {number} arrivals
 * @returns {WatchScenario['take']}
 */
export function burst(arrivals) {
  return async (watched) => {
    const names = watched.stage(arrivals)
    const before = processorTime(watched.processes)
    const began = watched.deliver(names)
    const untold = await watched.untilTold(names)
    const until = watched.lastTold - began
    // The last notification has to end, and to be waited for, before its time counts.
    await sleep(300)
    const processor = (processorTime(watched.processes) - before) / arrivals
    return [
      [': until the last is told of', 'ms', until],
      [': never told of', 'messages', untold],
      [': processor per arrival', 'ms', processor],
    ]
  }
}

/**
 * From a message's last rename to its notification. The message comes alone, at no particular moment.
 * @type {WatchScenario['take']}
 */
export async function latency(watched) {
  const names = watched.stage(1)
  await sleep(50 + Math.random() * 50)
  const began = watched.deliver(names)
  if ((await watched.untilTold(names)) > 0) throw new Error(`the watcher did not tell of ${names}`)
  return [['', 'ms', watched.lastTold - began]]
}

/** @type {WatchScenario['take']} */
export async function idle(watched) {
  await sleep(SETTLING)
  const { processes } = watched
  const before = processorTime(processes)
  await sleep(IDLE * 1000)
  return [
    [': processor', 'ms per second', (processorTime(processes) - before) / IDLE],
    [': memory', 'MB', memoryOf(processes)],
  ]
}
