import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { hasCode } from './system-error'

const PART = 64 * 1024
/** Milliseconds between two reads while there is no data: the first and the longest pause. */
const FIRST_PAUSE = 1
const LONGEST_PAUSE = 50
/** Milliseconds between two checks of the brake (contract B71). */
const LOOK_EVERY = 250

/**
 * All bytes of standard input, at most `limit` (contract C3). Waits for its end. Undefined if `isHalted` returns true
 * before that. Throws the system's error, or one that `isTooLarge` recognizes.
 */
export async function readStandardInput(limit: number, isHalted: () => boolean): Promise<Buffer | undefined> {
  const parts = new Parts(limit)
  const fd = withoutWaiting()
  if (fd === undefined) return (await readStream(parts, isHalted)) ? parts.all() : undefined
  try {
    return readAll(fd, parts, isHalted) ? parts.all() : undefined
  } finally {
    if (fd !== 0) closeSync(fd)
  }
}

class Parts {
  readonly #limit: number
  readonly #parts: Buffer[] = []
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add(part: Buffer): void {
    this.#parts.push(part)
    this.#length += part.length
    if (this.#length > this.#limit)
      throw Object.assign(new Error('EFBIG: too large, read'), { code: 'EFBIG' })
  }

  all(): Buffer {
    return Buffer.concat(this.#parts, this.#length)
  }
}

/**
 * A descriptor of standard input whose reads do not block, so that the brake can be checked. Undefined if only a stream
 * can do that: for a socket, and on systems without /proc. A stream takes milliseconds to load.
 */
function withoutWaiting(): number | undefined {
  const stats = fstatSync(0)
  // A file never blocks. A second open would start at its beginning.
  if (!stats.isFIFO() && !stats.isSocket() && !stats.isCharacterDevice()) return 0
  try {
    // Opened again, because other processes may share the given descriptor.
    return openSync('/proc/self/fd/0', constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

/** False if the brake ended it. */
function readAll(fd: number, parts: Parts, isHalted: () => boolean): boolean {
  const part = Buffer.allocUnsafe(PART)
  let nextLook = Date.now() + LOOK_EVERY
  let pause = FIRST_PAUSE
  for (;;) {
    if (Date.now() >= nextLook) {
      if (isHalted()) return false
      nextLook = Date.now() + LOOK_EVERY
    }
    const read = readPart(fd, part)
    if (read === 0) return true
    if (read === undefined) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    } else {
      parts.add(Buffer.from(part.subarray(0, read)))
      pause = FIRST_PAUSE
    }
  }
}

/** Undefined if there is no data yet. */
function readPart(fd: number, part: Buffer): number | undefined {
  try {
    return readSync(fd, part)
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) return undefined
    throw error
  }
}

/** False if the brake ended it. */
function readStream(parts: Parts, isHalted: () => boolean): Promise<boolean> {
  const { stdin } = process
  return new Promise<boolean>((resolve, reject) => {
    const brake = setInterval(() => {
      if (isHalted()) resolve(false)
    }, LOOK_EVERY)
    stdin
      .on('data', (part: Buffer) => {
        try {
          parts.add(part)
        } catch (error) {
          reject(error)
        }
      })
      .once('end', () => resolve(true))
      .once('error', reject)
      .once('close', () => clearInterval(brake))
  }).finally(() => stdin.destroy())
}
