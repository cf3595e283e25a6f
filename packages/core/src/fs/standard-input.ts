import { readSync } from 'node:fs'
import { hasCode } from './system-error'

const PART = 64 * 1024
/** Milliseconds between two tries where standard input is set to give no data rather than wait. */
const PAUSE = 5

/**
 * All bytes of standard input, at most `limit` (contract C3). Waits for its end. Throws the system's error, or one
 * that `isTooLarge` tells.
 */
export function readStandardInput(limit: number): Buffer {
  const parts: Buffer[] = []
  let length = 0
  for (;;) {
    const part = Buffer.allocUnsafe(PART)
    const read = readPart(part)
    if (read === 0) return Buffer.concat(parts, length)
    parts.push(part.subarray(0, read))
    length += read
    if (length > limit) throw Object.assign(new Error('EFBIG: too large, read'), { code: 'EFBIG' })
  }
}

function readPart(part: Buffer): number {
  for (;;) {
    try {
      return readSync(0, part)
    } catch (error) {
      if (!hasCode(error, 'EAGAIN')) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
    }
  }
}
