import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readHalt } from '../brake/halt'
import { type Brake, makeBrake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import type { Vetted } from '../mailbox/vet'
import { changedInboxes } from '../mailbox/watching/changed-inboxes'
import { isGone } from '../programs/process-id'
import { isBetween } from '../programs/session'
import { ownInboxes } from '../project/project'
import type { Inbox } from '../project/projects'
import type { Agent, HookInput } from './agent'
import { isLiving } from './agent-run'
import type { HeldWake } from './held-wakes'
import { detachedPlace, type HookPlace, hookPlace, hookSession } from './hook-place'
import { join } from './known-sessions'
import type { KnownSession } from './project-record'
import { lookForWake, type News, type WakeLook } from './wake-session'

/** Milliseconds after which a waiter gives up: one day. No agent lets a hook run longer. */
const LONGEST_WAIT = 24 * 60 * 60 * 1000
/** Milliseconds between two looks at whether the session is still there (contract B77). */
const LOOK_AT_SESSION_EVERY = 2_000
/** Milliseconds between two lists of all projects. Fifty waiters that list them at every look would be felt. */
const LIST_EVERY = 30_000
/** Milliseconds that the hook at a session's start may take. What waits by then is its to tell. */
const START_TAKES = 10_000
/** Milliseconds between the hooks of one event, which an agent starts together. */
const SAME_EVENT = 15_000
/** Milliseconds after which a look that failed is tried again. */
const TRY_AGAIN = 60_000

/** What a waiter does besides waiting. */
export interface WaiterOptions {
  /** False if whatever started the waiter is gone. */
  readonly isParentThere: () => boolean
  /** Told of conversations that wake nobody for now. A person is to be told of them. */
  readonly onHeld: (held: readonly HeldWake[]) => unknown
}

/** Ends the wait: a newer waiter has taken over, a turn runs, or the session is gone. */
class NotNeeded extends Error {}

/**
 * Waits in the background of an idle session for a new message that recv would process, and returns what to tell.
 * Undefined if nothing came in a day, or the session needs no waiter any more: it has ended, however it did, it has a
 * newer one, or a prompt began a turn. Under HALT it wakes nobody. It continues once HALT is gone (contracts C17, B77).
 */
export async function waitForMail(
  agent: Agent,
  input: HookInput,
  context: Context,
  options: WaiterOptions,
): Promise<News | undefined> {
  if (input.continues === 'compacted') return undefined
  const here = hookSession(agent, input, context)
  const isDetached = agent.wakeCommand !== undefined
  if (!isDetached && here.isOneShot) return undefined
  const place = await (isDetached ? detachedPlace : hookPlace)(here, context)
  if (place === undefined || place.here.isOneShot) return undefined
  // Only shells are left above the waiter: the agent was gone before the waiter looked for it.
  if (isBetween(place.here.run.words)) return undefined
  const waiter = new Waiter(place, context, options)
  return waiter.isWaiting ? waiter.wait() : undefined
}

class Waiter {
  readonly #place: HookPlace
  readonly #context: Context
  readonly #options: WaiterOptions
  readonly #token = randomUUID()
  readonly #began: number
  readonly #verdicts = new Map<string, Vetted>()
  readonly isWaiting: boolean
  #isOver = false

  constructor(place: HookPlace, context: Context, options: WaiterOptions) {
    this.#place = place
    this.#context = context
    this.#options = options
    this.#began = context.now()
    this.isWaiting = place.store.change((record) => this.#register(join(record, place.here, this.#began)))
  }

  /** Takes the place of the session's waiter. False if a turn runs. */
  #register(session: KnownSession): boolean {
    const isTurnEnd = this.#place.here.input.moment === 'turn-end'
    const goesOn = this.#began - session.prolongedAt < SAME_EVENT
    if (isTurnEnd && !goesOn) session.isIdle = true
    if (!session.isIdle) return false
    session.waiter = this.#token
    return true
  }

  /** Ends soon after the session, whatever a look is doing then. */
  async wait(): Promise<News | undefined> {
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<undefined>((resolve) => {
      timer = setInterval(() => {
        if (this.#isNeeded()) return
        this.#isOver = true
        resolve(undefined)
      }, LOOK_AT_SESSION_EVERY)
    })
    try {
      return await Promise.race([this.#watch(), over])
    } catch (error) {
      if (error instanceof NotNeeded) return undefined
      throw error
    } finally {
      clearInterval(timer)
    }
  }

  async #watch(): Promise<News | undefined> {
    if (this.#place.here.input.moment === 'session-start') await this.#startIsAnswered()
    const { project } = this.#place
    let again = Number.POSITIVE_INFINITY
    const isHalted = () => readHalt(this.#context.paths) !== undefined
    let wasHalted = false
    let inboxes: readonly Inbox[] = []
    let listAgain = Number.NEGATIVE_INFINITY
    const list = async () => {
      const all = await ownInboxes(this.#context, () => {})
      inboxes = all.filter((inbox) => inbox.project === project.name)
      listAgain = performance.now() + LIST_EVERY
      return inboxes
    }
    const watching = {
      list: async () => (inboxes.length > 0 && performance.now() < listAgain ? inboxes : list()),
      check: () => {
        if (this.#isOver) throw new NotNeeded()
      },
      mustLookAgain: () => (wasHalted && !isHalted()) || this.#context.now() >= again,
      deadline: performance.now() + LONGEST_WAIT,
    }
    // What waits in one inbox may be due when something comes into another one.
    for await (const _changed of changedInboxes(watching, this.#context)) {
      wasHalted = isHalted()
      if (wasHalted) continue
      // Links may have made an inbox another project's since (contract B50).
      await list()
      const found = await this.#look({ ...this.#place, project: { ...project, inboxes } })
      if (found === HALTED) wasHalted = true
      else if (found.news !== undefined) return found.news
      else again = found.again
    }
    return undefined
  }

  /** A look that fails wakes nobody. It is tried again, since the disk or the file may be repaired. */
  async #look(place: HookPlace): Promise<WakeLook | typeof HALTED> {
    try {
      const found = await lookForWake(place, this.#context, {
        brake: endedBy(() => this.#check(), makeBrake(this.#context.paths)),
        isActive: false,
        isPatient: true,
        verdicts: this.#verdicts,
        isWanted: (session) => !this.#isOver && session.isIdle && session.waiter === this.#token,
      })
      if (found.held.length > 0) this.#options.onHeld(found.held)
      return found
    } catch (error) {
      if (error instanceof NotNeeded) throw error
      // HALT may come at any time, and go as quickly.
      if (error instanceof Failure && error.kind === 'halted') return HALTED
      return { news: undefined, held: [], again: this.#context.now() + TRY_AGAIN }
    }
  }

  #check(): void {
    if (this.#isOver || !this.#isNeeded()) throw new NotNeeded()
  }

  #isNeeded(): boolean {
    const { process } = this.#place.here
    if (!this.#options.isParentThere() || (process !== undefined && isGone(process))) return false
    const record = this.#record()
    if (record === undefined) return true
    const session = record.sessions.find(({ key }) => key === this.#place.here.key)
    if (session?.waiter !== this.#token || !session.isIdle) return false
    return isLiving(session, record.sessions, this.#context.now())
  }

  #record() {
    try {
      return this.#place.store.read()
    } catch {
      return undefined
    }
  }

  async #startIsAnswered(): Promise<void> {
    const { here } = this.#place
    for (const end = performance.now() + START_TAKES; performance.now() < end; await sleep(100)) {
      this.#check()
      const session = this.#record()?.sessions.find(({ key }) => key === here.key)
      if (session !== undefined && session.answeredAt > this.#began - SAME_EVENT) return
    }
  }
}

const HALTED = Symbol('halted')

/** Calls `check` between two messages too. There may be many, and a waiter must end quickly. */
function endedBy(check: () => void, brake: Brake): Brake {
  return {
    isSet: brake.isSet,
    check() {
      check()
      brake.check()
    },
  }
}
