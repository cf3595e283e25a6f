// @ts-check
import { mkdirSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fillHome, inboxOf, messageName, messageText } from './home.mjs'
import { processesOf } from './proc.mjs'

/** @import { Call, World } from './world.mjs' */

const PROJECTS = 14
/** Milliseconds without a word of the watcher after which none is expected any more. */
const SILENCE = 6000

/** A watcher that runs in a home of its own, and the messages that it is sent. */
export class WatchedHome {
  /** When the watcher last told of a message, as performance.now() has it. */
  lastTold = 0
  #home
  #notified
  #events
  #world
  #watcher
  #next = 0

  /**
   * @param {World} world
   * @param {string} home An empty one.
   * @param {Call} call Of the watcher.
   */
  constructor(world, home, call) {
    this.#world = world
    this.#home = home
    this.#notified = `${home}/notified`
    fillHome(home, { projects: PROJECTS })
    mkdirSync(`${home}/staged`)
    writeFileSync(this.#notified, '')
    this.#events = watch(this.#notified, () => {
      this.lastTold = performance.now()
    })
    this.#watcher = world.start(call, 'ignore')
  }

  /** Waits until the watcher tells of what arrives. */
  async begin() {
    for (let tries = 0; readFileSync(this.#notified, 'utf8') === ''; tries++) {
      if (tries === 100 || this.#watcher.exitCode !== null) throw new Error('the watcher does not watch')
      this.deliver(this.stage(1))
      await sleep(100)
    }
    // A look at the folders may have found these: the kernel's events have to be set up as well.
    await sleep(2500)
  }

  /** The watcher and all that it started and that still runs. */
  get processes() {
    return processesOf(this.#watcher.pid ?? 0)
  }

  /**
   * Writes messages where nobody watches; returns their names.
   * @param {number} count
   */
  stage(count) {
    return Array.from({ length: count }, () => {
      const number = this.#next++
      writeFileSync(`${this.#home}/staged/${messageName(number)}`, messageText(number))
      return messageName(number)
    })
  }

  /**
   * Moves staged messages into the inboxes, as fast as that goes. Returns when it began, as performance.now() has it.
   * @param {readonly string[]} names
   */
  deliver(names) {
    const began = performance.now()
    this.lastTold = began
    for (const [index, name] of names.entries())
      renameSync(`${this.#home}/staged/${name}`, `${inboxOf(this.#home, index % PROJECTS)}/${name}`)
    return began
  }

  /**
   * Waits until the watcher has told of all messages, or has nothing more to say. Returns how many it left out.
   * @param {readonly string[]} names
   */
  async untilTold(names) {
    for (;;) {
      await sleep(20)
      const silence = performance.now() - this.lastTold
      // Reading now would take processor time from the watcher.
      if (silence < 20) continue
      const words = new Set(readFileSync(this.#notified, 'utf8').split(/\s+/))
      const untold = names.filter((name) => !words.has(name)).length
      if (untold === 0 || silence > SILENCE) return untold
    }
  }

  end() {
    this.#events.close()
    this.#world.kill(this.#watcher)
  }
}
