// @ts-check
/** What a running watcher costs, and how soon it tells of a message. */
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryOf, processorTime, wakeUps } from './proc.mjs'
import { median, quantile } from './statistics.mjs'
import { withWatcher } from './watcher.mjs'

/** @import { WatchedHome } from './watcher.mjs' */
/** @import { World } from './world.mjs' */

/**
 * Milliseconds of processor time per arrival, of the watcher and all that it starts; how many of the arrivals
 * it has told of; milliseconds from the first arrival to the last notification.
 * @typedef {{ told: number, processorPerArrival: number, until: number }} BurstFigures
 * @typedef {{ median: number, ninth: number }} LatencyFigures `ninth`: nine of ten are faster. Milliseconds.
 * @typedef {{ rss: number, pss: number, wakeUpsPerSecond: number, processorPerSecond: number }} IdleFigures
 */

/**
 * @template Figures
 * @typedef {{ ours: Figures, script: Figures | null }} Both
 */

/**
 * @typedef {object} Watching
 * @property {({ name: string, arrivals: number, times: number } & Both<BurstFigures>)[]} bursts
 * @property {({ name: string, arrivals: number } & Both<LatencyFigures>) | null} latency
 * @property {({ name: string, seconds: number } & Both<IdleFigures>) | null} idle
 */

/** Milliseconds without a notification after which no more are expected. */
const SILENCE = 6000

/** Small bursts are repeated, since processor time is told in steps of ten milliseconds. */
const BURSTS = /** @type {const} */ ([
  { arrivals: 100, times: 5 },
  { arrivals: 1000, times: 1 },
  { arrivals: 20_000, times: 1, isLarge: true },
])

/**
 * @param {World} world
 * @param {{ isAll: boolean, wants: (name: string) => boolean, report: (part: Watching) => void }} options
 * @returns {Promise<Watching>}
 */
export async function measureWatching(world, { isAll, wants, report }) {
  /** @type {Watching} */
  const watching = { bursts: [], latency: null, idle: null }
  for (const { arrivals, times, ...more } of BURSTS) {
    const name = `watch, burst of ${arrivals.toLocaleString('en')}`
    if (!wants(name) || ('isLarge' in more && !isAll)) continue
    const both = await measureBoth(world, (watched) => measureBursts(watched, arrivals, times))
    const burst = { name, arrivals, times, ...both }
    watching.bursts.push(burst)
    report({ bursts: [burst], latency: null, idle: null })
  }
  const latencyName = 'watch, from rename to notification'
  if (wants(latencyName)) {
    const arrivals = isAll ? 200 : 50
    const both = await measureBoth(world, (watched) => measureLatency(watched, arrivals))
    watching.latency = { name: latencyName, arrivals, ...both }
    report({ bursts: [], latency: watching.latency, idle: null })
  }
  const idleName = 'watch, nothing arrives'
  if (wants(idleName)) {
    const seconds = isAll ? 60 : 20
    const both = await measureBoth(world, (watched) => measureIdle(watched, seconds))
    watching.idle = { name: idleName, seconds, ...both }
    report({ bursts: [], latency: null, idle: watching.idle })
  }
  return watching
}

/**
 * One after the other, so that neither has the other beside it.
 * @template Figures
 * @param {World} world
 * @param {(watched: WatchedHome) => Promise<Figures>} use
 * @returns {Promise<Both<Figures>>}
 */
async function measureBoth(world, use) {
  const ours = await withWatcher(world, (...call) => world.ours(...call), use)
  const hasScript = world.reference !== undefined
  return {
    ours,
    script: hasScript ? await withWatcher(world, (...call) => world.theirs(...call), use) : null,
  }
}

/**
 * @param {WatchedHome} watched
 * @param {number} arrivals
 * @param {number} times
 * @returns {Promise<BurstFigures>}
 */
async function measureBursts(watched, arrivals, times) {
  const results = []
  for (let time = 0; time < times; time++) {
    const names = watched.stage(arrivals)
    const before = processorTime(watched.processes)
    const started = Date.now()
    watched.deliver(names)
    await untilSilent(watched, names)
    const processor = processorTime(watched.processes) - before
    const notified = watched.notifications()
    const told = names.flatMap((name) => notified.get(name) ?? [])
    const last = told.reduce((latest, moment) => Math.max(latest, moment), started)
    results.push({ told: told.length, processor, until: last - started })
  }
  const processor = results.reduce((sum, result) => sum + result.processor, 0)
  return {
    told: results.reduce((sum, result) => sum + result.told, 0),
    processorPerArrival: processor / (arrivals * times),
    until: median(results.map(({ until }) => until)),
  }
}

/**
 * Waits until all have been notified of, or nothing more comes.
 * @param {WatchedHome} watched
 * @param {readonly string[]} names
 */
async function untilSilent(watched, names) {
  let size = watched.notifiedBytes
  let changed = Date.now()
  for (;;) {
    await sleep(50)
    const current = watched.notifiedBytes
    if (current !== size) {
      size = current
      changed = Date.now()
      continue
    }
    const notified = watched.notifications()
    if (names.every((name) => notified.has(name)) || Date.now() - changed > SILENCE) break
  }
  // The last notification has to end, and to be waited for, before its time is counted.
  await sleep(300)
}

/**
 * Messages that come one at a time.
 * @param {WatchedHome} watched
 * @param {number} arrivals
 * @returns {Promise<LatencyFigures>}
 */
async function measureLatency(watched, arrivals) {
  const sent = new Map()
  const clock = await wallClock()
  for (const name of watched.stage(arrivals)) {
    await sleep(80 + Math.random() * 80)
    sent.set(name, clock())
    watched.deliver([name])
    await untilSilentOnce(watched, name)
  }
  const notified = watched.notifications()
  const times = [...sent].flatMap(([name, time]) => (notified.get(name) ?? Number.NaN) - time)
  if (times.some(Number.isNaN)) throw new Error('a message was not notified of')
  return { median: median(times), ninth: quantile(times, 0.9) }
}

/**
 * @param {WatchedHome} watched
 * @param {string} name
 */
async function untilSilentOnce(watched, name) {
  const started = Date.now()
  while (!watched.notifications().has(name) && Date.now() - started < SILENCE) await sleep(20)
}

/**
 * A clock that tells milliseconds since the epoch in fractions, which Date.now does not: performance.now set by
 * the moment in which Date.now goes on.
 */
async function wallClock() {
  const before = Date.now()
  while (Date.now() === before);
  const offset = Date.now() - performance.now()
  return () => offset + performance.now()
}

/**
 * @param {WatchedHome} watched
 * @param {number} seconds
 * @returns {Promise<IdleFigures>}
 */
async function measureIdle(watched, seconds) {
  await sleep(2000)
  const { processes } = watched
  const before = { wakeUps: wakeUps(processes), processor: processorTime(processes) }
  await sleep(seconds * 1000)
  return {
    ...memoryOf(processes),
    wakeUpsPerSecond: (wakeUps(processes) - before.wakeUps) / seconds,
    processorPerSecond: (processorTime(processes) - before.processor) / seconds,
  }
}
