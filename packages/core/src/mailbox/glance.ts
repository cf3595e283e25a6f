import { type BigIntStats, statSync } from 'node:fs'
import { LARGEST_MESSAGE } from '../fs/snapshot'
import { headIfReadable } from '../message/message-head'
import { signatureName } from '../message/message-name'
import { headerProblem } from '../message/protocol'
import { toPath } from '../text/raw-name'
import { LARGEST_SIGNATURE } from './verify'

/** Facts about a message that need only its header, and no gpg (contract B65). */
export interface Glance {
  /** Bytes. */
  readonly size: number
  /** Changes if the bytes of the message or its signature change under this name. */
  readonly identity: string
  /** Whether recv would surely not process it. */
  readonly isHopeless: boolean
  /** Why. It may hold text of the message: see `bareReason`. */
  readonly problem: string | undefined
}

/** Undefined if there is no such file. */
export function glanceAt(path: string, verifies = true): Glance | undefined {
  const message = statsOf(path)
  if (message === undefined) return undefined
  const signature = statsOf(signatureName(path))
  const problem = problemOf(path, message, verifies, signature)
  return {
    size: Number(message.size),
    identity: identityOf(path, message, signature),
    isHopeless: problem !== undefined,
    problem,
  }
}

function problemOf(
  path: string,
  message: BigIntStats,
  verifies: boolean,
  signature: BigIntStats | undefined,
): string | undefined {
  if (verifies && signature?.isFile() !== true) return 'signature file missing'
  if (verifies && signature?.size === 0n) return 'signature file is empty'
  if (verifies && (signature?.size ?? 0n) > BigInt(LARGEST_SIGNATURE))
    return 'signature file is larger than 64 KB'
  if (!message.isFile()) return 'not a file'
  if (message.size > BigInt(LARGEST_MESSAGE)) return 'the message is larger than 100 MB'
  const header = headIfReadable(path)?.header
  return header === undefined ? 'no header that can be read' : headerProblem(header)
}

/** Identifies the bytes of a message and its signature; undefined if there is no such file. */
export function identityAt(path: string): string | undefined {
  const message = statsOf(path)
  return message && identityOf(path, message, statsOf(signatureName(path)))
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(toPath(path), { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Uses inode and change time: no user can set them. */
function identityOf(path: string, ...files: readonly (BigIntStats | undefined)[]): string {
  const parts = files.map((stats) =>
    stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':'),
  )
  return [path, ...parts].join('\0')
}

/** The most that a look at an inbox may cost, besides reading headers (contract B65). */
export interface Limits {
  /** Messages that are verified. */
  readonly verifications?: number
  /** Verified messages that are refused: unsigned messages can cost no more than this. */
  readonly refusals?: number
  /** Bytes of the messages that are verified. */
  readonly bytes?: number
}

/** Counts down the limits. It uses counts, not time: a slow machine gives the same answer for the same inbox. */
export class Budget {
  #verifications: number
  #refusals: number
  #bytes: number

  constructor({ verifications, refusals, bytes }: Limits) {
    this.#verifications = verifications ?? Number.POSITIVE_INFINITY
    this.#refusals = refusals ?? Number.POSITIVE_INFINITY
    this.#bytes = bytes ?? Number.POSITIVE_INFINITY
  }

  /** Whether a message of so many bytes may still be verified. */
  spend(size: number): boolean {
    if (this.#verifications < 1 || this.#refusals < 1 || this.#bytes < size) return false
    this.#verifications--
    this.#bytes -= size
    return true
  }

  /** Counts a verified message that is refused. */
  refused(): void {
    this.#refusals--
  }
}
