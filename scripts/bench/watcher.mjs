// @ts-check
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { inboxOf, makeProjects, messageName, messageText } from './homes.mjs'
import { killTrees, processTree, waitedTime } from './proc.mjs'
import { endsWithUs } from './scratch.mjs'

/** @import { Call } from './processes.mjs' */
/** @import { World } from './world.mjs' */

const PROJECTS = 14
/** Milliseconds by which the kernel sets the times of files. */
const FILE_TICK = 4
/** How often the notify is called to find out what it takes. */
const CALLS = 2000

/**
 * What is called for each arrival, in place of a desktop; it appends a line.
 * - `cheap`: with the words, in the least time that a program takes which does anything at all.
 * - `timed`: with the time before them. Bash, for its clock: a call of date would take longer than what is to be
 *   measured.
 */
const NOTIFY = {
  cheap: `#!/bin/sh
echo "$3" >> "$BENCH_NOTIFIED"
`,
  timed: `#!/bin/bash
printf '%s %s\\n' "$EPOCHREALTIME" "$3" >> "$BENCH_NOTIFIED"
`,
}

/** @typedef {keyof typeof NOTIFY | 'none'} Notify `none`: the watcher is told to notify nobody, and only logs. */

/** A watcher that runs in a home of its own, and the messages it is sent. */
export class WatchedHome {
  #home
  #told
  #process
  #next = 0

  /**
   * Fills an empty home with projects and starts a watcher there.
   * @param {string} home
   * @param {World} world
   * @param {Call} call
   * @param {Notify} notify
   */
  constructor(home, world, call, notify) {
    const notified = `${home}/notified`
    this.#home = home
    this.#told = notify === 'none' ? `${home}/.local/state/cross-agent-comms/watch.log` : notified
    makeProjects(home, { projects: PROJECTS })
    mkdirSync(`${home}/staged`)
    if (notify !== 'none') world.stub('notify', NOTIFY[notify])
    const [program = '', ...line] = call.line
    const args = notify === 'none' ? [...line, '--no-notify'] : line
    const env = { ...call.env, BENCH_NOTIFIED: notified }
    this.#process = endsWithUs(spawn(program, args, { env, cwd: call.cwd, stdio: 'ignore' }))
  }

  /** Waits until the watcher tells of what arrives. */
  async begin() {
    for (let tries = 0; this.toldBytes === 0; tries++) {
      if (tries === 100 || this.#process.exitCode !== null) throw new Error('the watcher does not watch')
      this.deliver(this.stage(1))
      await sleep(100)
    }
    // The arrivals above may have been found by a look at the folders: let the kernel's events be set up too.
    await sleep(2500)
  }

  /** The watcher and all that it has started and that still runs. */
  get processes() {
    return processTree(this.#process.pid ?? 0)
  }

  get toldBytes() {
    return this.#toldStats?.size ?? 0
  }

  /** When it had told of everything, in milliseconds since the epoch: at the end of that tick of file times. */
  get lastTold() {
    return (this.#toldStats?.mtimeMs ?? 0) + FILE_TICK
  }

  get #toldStats() {
    return statSync(this.#told, { throwIfNoEntry: false })
  }

  /**
   * The messages that have been told of, by name, with the milliseconds since the epoch at which they were where
   * the notify that is called notes them.
   */
  told() {
    const text = this.toldBytes === 0 ? '' : readFileSync(this.#told, 'utf8')
    const lines = text.split('\n').filter(Boolean)
    const times = lines.map((line) => {
      const words = line.split(/\s/)
      return /** @type {const} */ ([words.at(-1) ?? '', Number(words[0]?.replace(',', '.')) * 1000])
    })
    return new Map(times)
  }

  /**
   * Writes messages where nobody watches; returns their names.
   * @param {number} count
   */
  stage(count) {
    return Array.from({ length: count }, () => {
      const name = messageName(this.#next++)
      writeFileSync(`${this.#home}/staged/${name}`, messageText('talk'))
      return name
    })
  }

  /**
   * Moves staged messages into the inboxes, as fast as that goes.
   * @param {readonly string[]} names
   */
  deliver(names) {
    for (const [index, name] of names.entries())
      renameSync(`${this.#home}/staged/${name}`, `${inboxOf(this.#home, index % PROJECTS)}/${name}`)
  }

  end() {
    killTrees([this.#process.pid ?? 0])
  }
}

/**
 * Milliseconds of processor time that the cheap notify takes by itself, called many times by the shell that
 * starts programs with the least effort: what no watcher can save.
 * @param {World} world
 */
export function measureNotify(world) {
  return world.withHome(async (home) => {
    world.stub('notify', NOTIFY.cheap)
    const loop = `for n in $(seq ${CALLS}); do notify info 'Cross-agent message' "p0: ${messageName(0)}"; done`
    const before = waitedTime(process.pid)
    spawnSync('sh', ['-c', loop], { env: { ...world.env(home), BENCH_NOTIFIED: `${home}/notified` } })
    return (waitedTime(process.pid) - before) / CALLS
  })
}

/**
 * Starts a watcher for as long as `use` lasts.
 * @template Outcome
 * @param {World} world
 * @param {(home: string) => Call | undefined} callOf
 * @param {Notify} notify
 * @param {(watched: WatchedHome) => Promise<Outcome>} use
 */
export function withWatcher(world, callOf, notify, use) {
  return world.withHome(async (home) => {
    const call = callOf(home)
    if (call === undefined) throw new Error('there is nothing to start')
    const watched = new WatchedHome(home, world, call, notify)
    try {
      await watched.begin()
      return await use(watched)
    } finally {
      watched.end()
      await sleep(200)
    }
  })
}
