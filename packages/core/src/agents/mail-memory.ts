import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { makeFolder } from '../fs/durable'
import { openRegularFile, readWithin } from '../fs/files'
import { folderOf } from '../fs/paths'
import type { Memory } from '../mailbox/vet'
import { toPath } from '../text/raw-name'

/** Milliseconds. Keys expire without any sign, so verdicts must not last longer. */
const LIFETIME = 24 * 60 * 60 * 1000
/** Bytes. A line has 34 bytes. */
const LARGEST = 1024 * 1024
const FIRST_LINE = /^cross-agent mail memory 1 (\d{1,15})$/

const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants

/**
 * What the hooks of all sessions have found out: which messages nobody vouches for, and which are released. Each hook
 * examines a limited number of messages, and the next hook continues from there (contract B65). The file holds no
 * names. It affects notices only.
 */
export class MailMemory implements Memory {
  readonly #file: string
  readonly #stamp: string
  readonly #now: number
  readonly #known = new Set<string>()
  readonly #news: string[] = []
  #isContinued = false

  /** Results under another `stamp` do not count. `now` is in milliseconds since the epoch. */
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

  /** If the file cannot be written, the next hook starts from the same place as this one. */
  save(): void {
    if (this.#news.length === 0) return
    try {
      makeFolder(folderOf(this.#file))
      const how = this.#isContinued ? O_APPEND : O_TRUNC
      const fd = openSync(toPath(this.#file), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | how, 0o600)
      try {
        const first = this.#isContinued ? [] : [`cross-agent mail memory 1 ${this.#now}`]
        // One write, so the lines of two hooks do not mix. An incomplete line matches no message.
        writeSync(fd, [...first, ...this.#news, ''].join('\n'))
      } finally {
        closeSync(fd)
      }
    } catch {}
  }

  /** The hash includes the stamp, so lines that another hook adds under another stamp never match. */
  #lineOf(kind: 'rejected' | 'released', identity: string): string {
    const text = [kind, this.#stamp, identity].join('\0')
    return `${kind === 'rejected' ? '-' : '+'}${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
  }
}

/** Empty if there is no file, or if it is too large. Then a new memory begins. */
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
