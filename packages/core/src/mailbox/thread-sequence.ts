import { takeSnapshot } from '../fs/snapshot'
import type { ThreadMessage } from './thread'

/** Numbers that no message has: from the first to the last, both included. */
export interface Gap {
  readonly first: bigint
  readonly last: bigint
}

/** Different messages of one number: two sides wrote at the same time, or one of them did not know the other's. */
export interface Fork {
  readonly sequence: bigint
  readonly messages: readonly ThreadMessage[]
}

/** Messages of one number that are compared with each other. */
const MOST_ALIKE = 50

/** The numbers between 1 and the highest that are missing. Those before the first may be on another machine. */
export function gapsIn(messages: readonly ThreadMessage[]): Gap[] {
  const known = messages.flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]))
  const sorted = [...new Set(known)].sort((a, b) => (a < b ? -1 : 1))
  const gaps: Gap[] = []
  let next = 1n
  for (const sequence of sorted) {
    if (sequence > next) gaps.push({ first: next, last: sequence - 1n })
    if (sequence >= next) next = sequence + 1n
  }
  return gaps
}

/** The numbers that several messages have. Identical copies, of a message that was sent again, are one. */
export function forksIn(messages: readonly ThreadMessage[]): Fork[] {
  const groups = new Map<bigint, ThreadMessage[]>()
  for (const message of messages) {
    if (message.sequence === undefined) continue
    const group = groups.get(message.sequence)
    if (group === undefined) groups.set(message.sequence, [message])
    else group.push(message)
  }
  return [...groups].flatMap(([sequence, group]) => {
    const different = group.length < 2 ? group : withoutCopies(group.slice(0, MOST_ALIKE))
    return different.length < 2 ? [] : [{ sequence, messages: different }]
  })
}

function withoutCopies(messages: readonly ThreadMessage[]): ThreadMessage[] {
  const seen: Buffer[] = []
  return messages.filter(({ path }) => {
    const bytes = bytesAt(path)
    if (bytes === undefined) return true
    if (seen.some((other) => other.equals(bytes))) return false
    seen.push(bytes)
    return true
  })
}

function bytesAt(path: string): Buffer | undefined {
  try {
    return takeSnapshot(path).bytes
  } catch {
    return undefined
  }
}
