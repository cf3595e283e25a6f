import { createHash, randomUUID } from 'node:crypto'
import { closeSync, constants, openSync, statSync, writeSync } from 'node:fs'
import { claimEmpty, makeFolder, remove, replaceFile, TEMP_NAME } from '../fs/durable'
import { openRegularFile, readWithin, textIfThere } from '../fs/files'
import { folderOf, type Paths } from '../fs/paths'
import { sweep } from '../fs/sweep'
import { messageIdentities } from '../mailbox/message-identity'
import type { Memory } from '../mailbox/vet'
import { toBytes, toPath } from '../text/raw-name'
import type { AgentName } from './agent'

/** Milliseconds: keys expire, and nothing tells of that. */
const LIFETIME = 24 * 60 * 60 * 1000
/** Bytes; a line has 34 of them. */
const LARGEST = 1024 * 1024
const FIRST_LINE = /^cross-agent mail memory 1 (\d{1,15})$/

const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants

/**
 * What the hooks of all sessions have found out: what nobody vouches for, and what is released. A hook looks at so
 * much only; so the next one goes further (contract B65). It holds no names, and decides about notices alone.
 */
export class MailMemory implements Memory {
  readonly #file: string
  readonly #stamp: string
  readonly #now: number
  readonly #known = new Set<string>()
  readonly #news: string[] = []
  #isContinued = false

  /** `stamp`: what was found under another one counts no more. `now` in milliseconds since the epoch. */
  constructor(file: string, stamp: string, now: number) {
    this.#file = file
    this.#stamp = stamp
    this.#now = now
    const [first = '', ...lines] = readText(file).split('\n')
    const since = Number(FIRST_LINE.exec(first)?.[1])
    if (!(since <= now && now - since < LIFETIME)) return
    this.#isContinued = true
    for (const line of lines) this.#known.add(line)
  }

  has(kind: 'rejected' | 'released', identity: string): boolean {
    return this.#known.has(this.#lineOf(kind, identity))
  }

  add(kind: 'rejected' | 'released', identity: string): void {
    this.#news.push(this.#lineOf(kind, identity))
  }

  /** Where nothing can be written, the next look begins where this one did. */
  save(): void {
    if (this.#news.length === 0) return
    try {
      makeFolder(folderOf(this.#file))
      const how = this.#isContinued ? O_APPEND : O_TRUNC
      const fd = openSync(toPath(this.#file), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | how, 0o600)
      try {
        const first = this.#isContinued ? [] : [`cross-agent mail memory 1 ${this.#now}`]
        // At one go: lines of two hooks do not mix. A line that is not whole is that of no message.
        writeSync(fd, [...first, ...this.#news, ''].join('\n'))
      } finally {
        closeSync(fd)
      }
    } catch {}
  }

  /** The stamp is part of it: what another hook appends under its own is never taken for ours. */
  #lineOf(kind: 'rejected' | 'released', identity: string): string {
    const text = [kind, this.#stamp, identity].join('\0')
    return `${kind === 'rejected' ? '-' : '+'}${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
  }
}

/** Empty where there is none, or one that has become too large: then it begins anew. */
function readText(file: string): string {
  try {
    const fd = openRegularFile(file)
    try {
      return readWithin(fd, 0, LARGEST).toString('latin1')
    } finally {
      closeSync(fd)
    }
  } catch {
    return ''
  }
}

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
