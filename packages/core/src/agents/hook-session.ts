import { createHash, randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { claimEmpty, makeFolder, remove, replaceFile, TEMP_NAME } from '../fs/durable'
import { textIfThere } from '../fs/files'
import type { Paths } from '../fs/paths'
import { sweep } from '../fs/sweep'
import { messageIdentities } from '../mailbox/message-identity'
import { toBytes } from '../text/raw-name'
import type { AgentName } from './agent'

/** Milliseconds after which a session that nothing was told in is over: thirty days. */
const STALE_AFTER = 30 * 24 * 60 * 60 * 1000
const WAITER = 'waiter'
/** What the folder of a session is named, and what lies in it: a file for each message, and its waiter. */
const NAME = /^[a-z]+-[0-9a-f]{32}$/
const HOLDING = new RegExp(`^[0-9a-f]{32}$|^${WAITER}$|${TEMP_NAME.source}`)

/** What one session of an agent was told, on disk: each hook is a process of its own (contract C17). */
export class HookSession {
  readonly #folder: string
  readonly #identityOf = messageIdentities()
  /** As it was when it was asked whether the session was told of it: that is what it is told of. */
  readonly #asked = new Map<string, string>()

  /** `now` in milliseconds since the epoch. Throws the system's error. */
  constructor(agent: AgentName, sessionId: string, { hookSessions, home }: Paths, now: number) {
    this.#folder = `${hookSessions}/${agent}-${digest(sessionId)}`
    if (isThere(this.#folder)) return
    makeFolder(this.#folder)
    const leftovers = { named: NAME, holding: HOLDING, olderThan: STALE_AFTER }
    sweep({ path: hookSessions, below: home }, leftovers, now)
  }

  /** Whether the session was not told of this message yet; from now on it was. Throws the system's error. */
  tellOnce(path: string): boolean {
    return claimEmpty(this.#record(path))
  }

  /** Takes that back: what was to tell it did not. */
  forget(path: string): void {
    remove(this.#record(path))
  }

  wasTold(path: string): boolean {
    this.#asked.delete(path)
    return isThere(this.#record(path))
  }

  /** By its path and what lies there: names are used again (contract B52). */
  #record(path: string): string {
    const message = this.#asked.get(path) ?? this.#identityOf(path)?.message ?? ''
    this.#asked.set(path, message)
    return `${this.#folder}/${digest(`${path}\0${message}`)}`
  }

  /** Takes the place of the session's waiter; returns whether that is still ours. Throws the system's error. */
  becomeWaiter(): () => boolean {
    const own = randomUUID()
    const file = `${this.#folder}/${WAITER}`
    replaceFile(file, toBytes(own), { isDurable: false })
    return () => textIfThere(file) === own
  }
}

function digest(text: string): string {
  return createHash('sha256').update(toBytes(text)).digest('hex').slice(0, 32)
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
