import { readSync } from 'node:fs'
import { hasCode } from './system-error'

/** Bytes. An answer is shorter. */
const LONGEST = 1024
/** Milliseconds between two looks at an input that another process made non-blocking. */
const PAUSE = 20

/** A line of standard input, at most its first kilobyte. Waits for its end, and blocks this process. */
export function readLine(): string {
  const bytes = Buffer.alloc(LONGEST)
  for (let length = 0; ; ) {
    const read = readSome(bytes, length)
    const end = bytes.indexOf('\n')
    if (end >= 0) return bytes.toString('utf8', 0, end)
    length += read ?? 0
    if (read === 0 || length === LONGEST) return bytes.toString('utf8', 0, length)
    if (read === undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
  }
}

/** Undefined if there is no data yet. */
function readSome(bytes: Buffer, at: number): number | undefined {
  try {
    return readSync(0, bytes, at, bytes.length - at, null)
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) return undefined
    throw error
  }
}
