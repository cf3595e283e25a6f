// @ts-check
/** What a running watcher costs, and how soon it tells of a message. */
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryOf, processorTime, wakeUps } from './proc.mjs'
import { median, quantile, shuffled, sum } from './statistics.mjs'
import { measureNotify, withWatcher } from './watcher.mjs'

/** @import { Notify, WatchedHome } from './watcher.mjs' */
/** @import { World } from './world.mjs' */

/**
 * Milliseconds of processor time per arrival, of the watcher and all that it starts; how many of the arrivals
 * it has told of; milliseconds from the first arrival to the last that is told of.
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
 * @property {number | null} notify Milliseconds of processor time of one call of the notify of the bursts.
 * @property {({ name: string, arrivals: number } & Both<LatencyFigures>) | null} latency
 * @property {({ name: string, seconds: number } & Both<IdleFigures>) | null} idle
 */

/** Milliseconds without a notification after which no more are expected. */
const SILENCE = 6000

/** Milliseconds until V8 has cleared up after the start, which it does once and with all its threads. */
const SETTLING = 30_000

/** Small bursts are repeated, since the processor time of children is told in steps of ten milliseconds. */
const BURSTS = /** @type {const} */ ([
  { arrivals: 100, times: 5 },
  { arrivals: 1000, times: 1 },
  { arrivals: 20_000, times: 1, isLarge: true },
])

/** The watcher's own work; the same with a program that it has to call for each arrival. */
const BURST_KINDS = /** @type {const} */ ([
  ['none', 'logged'],
  ['cheap', 'notified of'],
])

/** @type {Watching} */
const NOTHING = { bursts: [], notify: null, latency: null, idle: null }

/**
 * @param {World} world
 * @param {{ isAll: boolean, wants: (name: string) => boolean, report: (part: Watching) => void }} options
 * @returns {Promise<Watching>}
 */
export async function measureWatching(world, { isAll, wants, report }) {
  /** @type {Watching} */
  const watching = { ...NOTHING, bursts: [] }
  for (const [notify, words] of BURST_KINDS) {
    for (const { arrivals, times, ...more } of BURSTS) {
      const name = `watch, burst of ${arrivals.toLocaleString('en')}, ${words}`
      if (!wants(name) || ('isLarge' in more && !isAll)) continue
      const outcomes = await measureInTurn(world, times, notify, (watched) => measureBurst(watched, arrivals))
      const both = summarizeBoth(outcomes, burstFigures)
      const burst = { name, arrivals, times, ...both }
      watching.bursts.push(burst)
      report({ ...NOTHING, bursts: [burst] })
    }
  }
  if (watching.bursts.length > 0) {
    watching.notify = await measureNotify(world)
    report({ ...NOTHING, notify: watching.notify })
  }
  const latencyName = 'watch, rename to notification'
  if (wants(latencyName)) {
    const arrivals = isAll ? 200 : 50
    const clock = wallClock()
    const outcomes = await measureInTurn(world, arrivals, 'timed', (watched) =>
      measureLatency(watched, clock),
    )
    const both = summarizeBoth(outcomes, (times) => ({ median: median(times), ninth: quantile(times, 0.9) }))
    watching.latency = { name: latencyName, arrivals, ...both }
    report({ ...NOTHING, latency: watching.latency })
  }
  const idleName = 'watch, nothing arrives'
  if (wants(idleName)) {
    const seconds = isAll ? 60 : 20
    const both = await withBoth(world, 'cheap', async (...watchers) => {
      const [ours, script] = watchers.map((watched) => watched && measureIdle(watched, seconds))
      if (ours === undefined) throw new Error('nothing is watched')
      return { ours: await ours, script: (await script) ?? null }
    })
    watching.idle = { name: idleName, seconds, ...both }
    report({ ...NOTHING, idle: watching.idle })
  }
  return watching
}

/**
 * Gives `use` a watcher of ours and one of theirs, each in a home of its own.
 * @template Outcome
 * @param {World} world
 * @param {Notify} notify
 * @param {(ours: WatchedHome, script: WatchedHome | undefined) => Promise<Outcome>} use
 */
function withBoth(world, notify, use) {
  const callOurs = (/** @type {string} */ home) => world.ours('watch', home, ['--quiet'])
  const callTheirs = (/** @type {string} */ home) => world.theirs('watch', home, ['--quiet'])
  return withWatcher(world, callOurs, notify, (ours) =>
    world.reference === undefined
      ? use(ours, undefined)
      : withWatcher(world, callTheirs, notify, (script) => use(ours, script)),
  )
}

/**
 * Measures both so many times, the one or the other first by chance; whoever is not measured has nothing to do.
 * @template Outcome
 * @param {World} world
 * @param {number} times
 * @param {Notify} notify
 * @param {(watched: WatchedHome) => Promise<Outcome>} measureOnce
 * @returns {Promise<{ ours: Outcome[], script: Outcome[] | null }>}
 */
function measureInTurn(world, times, notify, measureOnce) {
  return withBoth(world, notify, async (ours, script) => {
    /** @type {{ ours: Outcome[], script: Outcome[] }} */
    const outcomes = { ours: [], script: [] }
    for (let time = 0; time < times; time++) {
      for (const [side, watched] of shuffled(Object.entries({ ours, script }))) {
        if (watched === undefined) continue
        outcomes[side === 'ours' ? 'ours' : 'script'].push(await measureOnce(watched))
      }
    }
    return { ours: outcomes.ours, script: script === undefined ? null : outcomes.script }
  })
}

/**
 * @template Outcome, Figures
 * @param {{ ours: Outcome[], script: Outcome[] | null }} outcomes
 * @param {(outcomes: Outcome[]) => Figures} summarize
 * @returns {Both<Figures>}
 */
function summarizeBoth({ ours, script }, summarize) {
  return { ours: summarize(ours), script: script === null ? null : summarize(script) }
}

/**
 * @param {WatchedHome} watched
 * @param {number} arrivals
 */
async function measureBurst(watched, arrivals) {
  const names = watched.stage(arrivals)
  const before = processorTime(watched.processes)
  const started = Date.now()
  watched.deliver(names)
  await untilSilent(watched, names)
  const processor = processorTime(watched.processes) - before
  const told = watched.told()
  const count = names.filter((name) => told.has(name)).length
  return { arrivals, told: count, processor, until: watched.lastTold - started }
}

/**
 * @param {Awaited<ReturnType<typeof measureBurst>>[]} bursts
 * @returns {BurstFigures}
 */
function burstFigures(bursts) {
  return {
    told: sum(bursts.map(({ told }) => told)),
    processorPerArrival:
      sum(bursts.map(({ processor }) => processor)) / sum(bursts.map(({ arrivals }) => arrivals)),
    until: median(bursts.map(({ until }) => until)),
  }
}

/**
 * Waits until all have been told of, or nothing more comes.
 * @param {WatchedHome} watched
 * @param {readonly string[]} names
 */
async function untilSilent(watched, names) {
  let size = watched.toldBytes
  let changed = Date.now()
  for (;;) {
    await sleep(50)
    const current = watched.toldBytes
    if (current !== size) {
      size = current
      changed = Date.now()
      continue
    }
    const told = watched.told()
    if (names.every((name) => told.has(name)) || Date.now() - changed > SILENCE) break
  }
  // The last notification has to end, and to be waited for, before its time is counted.
  await sleep(300)
}

/**
 * Milliseconds from a message's last rename to its notification; it comes alone, at no particular moment.
 * @param {WatchedHome} watched
 * @param {() => number} clock
 */
async function measureLatency(watched, clock) {
  const names = watched.stage(1)
  await sleep(50 + Math.random() * 50)
  const renamed = clock()
  watched.deliver(names)
  const [notified] = await untilNotified(watched, names)
  if (notified === undefined) throw new Error(`${names} was not notified of`)
  return notified - renamed
}

/**
 * @param {WatchedHome} watched
 * @param {readonly string[]} names
 */
async function untilNotified(watched, names) {
  const started = Date.now()
  for (;;) {
    const told = watched.told()
    const times = names.flatMap((name) => told.get(name) ?? [])
    if (times.length === names.length || Date.now() - started > SILENCE) return times
    await sleep(20)
  }
}

/**
 * A clock that tells milliseconds since the epoch in fractions, which Date.now does not: performance.now set by
 * the moment in which Date.now goes on.
 */
function wallClock() {
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
  await sleep(SETTLING)
  const { processes } = watched
  const before = { wakeUps: wakeUps(processes), processor: processorTime(processes) }
  await sleep(seconds * 1000)
  return {
    ...memoryOf(processes),
    wakeUpsPerSecond: (wakeUps(processes) - before.wakeUps) / seconds,
    processorPerSecond: (processorTime(processes) - before.processor) / seconds,
  }
}
