// @ts-check
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { inboxOf, makeProjects, messageName, messageText } from './homes.mjs'
import { killTrees, processTree } from './proc.mjs'
import { endsWithUs } from './scratch.mjs'

/** @import { Call } from './processes.mjs' */
/** @import { World } from './world.mjs' */

const PROJECTS = 14

/**
 * What is called for each arrival, in place of a desktop: it appends a line with the time and the words. Bash,
 * for its clock: a call of date would take longer than what is to be measured.
 */
const NOTIFY = `#!/bin/bash
printf '%s %s\\n' "$EPOCHREALTIME" "$3" >> "$BENCH_NOTIFIED"
`

/** A watcher that runs in a home of its own, and the messages it is sent. */
export class WatchedHome {
  #home
  #notified
  #process
  #next = 0

  /**
   * Fills an empty home with projects and starts a watcher there.
   * @param {string} home
   * @param {World} world
   * @param {Call} call
   */
  constructor(home, world, call) {
    this.#home = home
    this.#notified = `${home}/notified`
    makeProjects(home, { projects: PROJECTS })
    mkdirSync(`${home}/staged`)
    writeFileSync(this.#notified, '')
    world.stub('notify', NOTIFY)
    const [program = '', ...args] = call.line
    const env = { ...call.env, BENCH_NOTIFIED: this.#notified }
    this.#process = endsWithUs(spawn(program, args, { env, cwd: call.cwd, stdio: 'ignore' }))
  }

  /** Waits until the watcher tells of what arrives. */
  async begin() {
    for (let tries = 0; this.notifiedBytes === 0; tries++) {
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

  get notifiedBytes() {
    return statSync(this.#notified).size
  }

  /** The times at which each message was notified of, in milliseconds since the epoch, by its name. */
  notifications() {
    const lines = readFileSync(this.#notified, 'utf8').split('\n').filter(Boolean)
    const times = lines.map((line) => {
      const [seconds, , name = ''] = line.split(' ')
      return /** @type {const} */ ([name, Number(seconds?.replace(',', '.')) * 1000])
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
 * Starts a watcher for as long as `use` lasts.
 * @template Outcome
 * @param {World} world
 * @param {(home: string) => Call | undefined} callOf
 * @param {(watched: WatchedHome) => Promise<Outcome>} use
 */
export function withWatcher(world, callOf, use) {
  return world.withHome(async (home) => {
    const call = callOf(home)
    if (call === undefined) throw new Error('there is nothing to start')
    const watched = new WatchedHome(home, world, call)
    try {
      await watched.begin()
      return await use(watched)
    } finally {
      watched.end()
      await sleep(200)
    }
  })
}
