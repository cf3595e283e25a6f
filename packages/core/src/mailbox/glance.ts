import { type BigIntStats, statSync } from 'node:fs'
import { LARGEST_MESSAGE } from '../fs/snapshot'
import type { Header } from '../message/header'
import { readFileHead } from '../message/message-head'
import { signatureName } from '../message/message-name'
import { headerProblem } from '../message/protocol'
import { toPath } from '../text/raw-name'
import { LARGEST_SIGNATURE } from './verify'

/** What is told of a message without reading more of it than its header, and without gpg (contract B65). */
export interface Glance {
  /** Bytes. */
  readonly size: number
  /** Other bytes of the message or of its signature have another one, under this name. */
  readonly identity: string
  /** Whether recv would surely not process it. */
  readonly isHopeless: boolean
}

/** Undefined where there is no such file. */
export function glanceAt(path: string, verifies = true): Glance | undefined {
  const message = statsOf(path)
  if (message === undefined) return undefined
  const signature = statsOf(signatureName(path))
  const size = Number(message.size)
  const isSigned =
    signature?.isFile() === true && signature.size > 0n && signature.size <= BigInt(LARGEST_SIGNATURE)
  return {
    size,
    identity: identityOf(path, message, signature),
    isHopeless:
      (verifies && !isSigned) || !message.isFile() || size > LARGEST_MESSAGE || hasBadHeader(headerAt(path)),
  }
}

/** What tells the bytes of a message and its signature from others; undefined where there is no such file. */
export function identityAt(path: string): string | undefined {
  const message = statsOf(path)
  return message && identityOf(path, message, statsOf(signatureName(path)))
}

function hasBadHeader(header: Header | undefined): boolean {
  return header === undefined || headerProblem(header) !== undefined
}

function headerAt(path: string): Header | undefined {
  try {
    return readFileHead(toPath(path)).header
  } catch {
    return undefined
  }
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(toPath(path), { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** By inode and change time: nobody sets that. */
function identityOf(path: string, ...files: readonly (BigIntStats | undefined)[]): string {
  const parts = files.map((stats) =>
    stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':'),
  )
  return [path, ...parts].join('\0')
}
