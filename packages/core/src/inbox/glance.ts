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
    identity: [path, ...[message, signature].map(identityOf)].join('\0'),
    isHopeless:
      (verifies && !isSigned) || !message.isFile() || size > LARGEST_MESSAGE || hasBadHeader(headerAt(path)),
  }
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

function identityOf(stats: BigIntStats | undefined): string {
  return stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':')
}
