import { createHash } from 'node:crypto'
import { takeSnapshot } from '../fs/snapshot'

/**
 * Whether a file is the message whose answer is awaited, by its SHA-256 (contract C28). Undefined: that message lies
 * elsewhere.
 */
export function isRequest(path: string, sha256: string | undefined): boolean {
  return sha256 !== undefined && sumAt(path) === sha256
}

/** In hexadecimal; undefined if the file cannot be read. */
export function sumAt(path: string): string | undefined {
  try {
    return createHash('sha256').update(takeSnapshot(path).bytes).digest('hex')
  } catch {
    return undefined
  }
}
