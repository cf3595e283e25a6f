import { writeSync } from 'node:fs'
import { hasCode, reasonOf } from '../fs/system-error'
import { toBytes } from '../text/raw-name'
import { isDevice, isPaintable } from '../text/terminal'
import type { Context } from './context'

/** Bytes that wait for space on a full disk. More are lost, and counted as lines. */
const MOST_PENDING = 1024 * 1024
/** Errors that may pass: a disk is full, or a quota is used up. */
const PASSING = ['ENOSPC', 'EDQUOT', 'UNKNOWN']
/** Columns of a terminal that does not say how many it has. */
const USUAL_COLUMNS = 80
const LINE_FEED = 10

/**
 * Standard output of a command that runs on, line by line. Each line is written at once. A reader that is gone ends the
 * command quietly. A full disk does not end it: the lines wait until there is space.
 */
export class LineOutput {
  readonly #context: Context
  readonly #write: (bytes: Uint8Array) => number
  readonly isTerminal: boolean
  readonly isColoured: boolean
  #pending: Buffer = Buffer.alloc(0)
  #lost = 0
  #hasFailed = false

  /** `write` writes some of the bytes, and returns how many. */
  constructor(context: Context, write = (bytes: Uint8Array) => writeSync(1, bytes)) {
    this.#context = context
    this.#write = write
    this.isTerminal = isDevice(1)
    this.isColoured = isPaintable(1, context.env) && !context.env.NO_COLOR
  }

  /** The terminal's columns now: node looks again when the window's size changes. Undefined if it is no terminal. */
  get columns(): number | undefined {
    if (!this.isTerminal) return undefined
    const { columns } = process.stdout
    return columns > 0 ? columns : USUAL_COLUMNS
  }

  /**
   * Writes lines, or writes what still waits. False once nobody reads them. Throws the system's error if nothing can
   * ever be written. The text goes to a terminal as it is: escape it.
   */
  write(lines = ''): boolean {
    if (lines !== '') this.#add(toBytes(lines))
    while (this.#pending.length > 0) {
      try {
        this.#pending = this.#pending.subarray(this.#write(this.#pending))
      } catch (error) {
        if (hasCode(error, 'EPIPE')) return false
        // Another process has set the pipe to non-blocking, and it is full.
        if (hasCode(error, 'EAGAIN')) sleepShortly()
        else if (hasCode(error, ...PASSING)) return this.#wait(error)
        else throw error
      }
    }
    this.#pending = Buffer.alloc(0)
    if (this.#hasFailed) this.#say(`standard output is written again; lines lost: ${this.#lost}`)
    this.#hasFailed = false
    this.#lost = 0
    return true
  }

  #add(bytes: Buffer): void {
    const isFull = this.#hasFailed && this.#pending.length + bytes.length > MOST_PENDING
    if (isFull) this.#lost += bytes.filter((byte) => byte === LINE_FEED).length
    else this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
  }

  #wait(error: unknown): true {
    if (!this.#hasFailed)
      this.#say(`cannot write to standard output: ${reasonOf(error)}; the lines wait until it can be written`)
    this.#hasFailed = true
    return true
  }

  #say(line: string): void {
    this.#context.err(line)
  }
}

/** Without spinning. */
function sleepShortly(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
}
