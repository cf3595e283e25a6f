import type { Context } from './context'
import { CommandError } from './errors'
import { isSurelyAbsent, readRegularFile } from './files'
import { paths } from './paths'
import { trim } from './python-text'

/** The exit code of every command that refuses to work while halted. */
export const HALT_EXIT = 5

/** The brake: not set, or set with its reason (which may be empty), or set and unreadable. */
export type Halt = { readonly reason: string } | { readonly unreadable: true } | undefined

/**
 * Reads the HALT file. Whatever keeps it from being read, other than that nothing is there for certain, counts
 * as halted: a brake fails closed (contract B27, B36).
 */
export function readHalt(home: string): Halt {
  const { haltFile } = paths(home)
  try {
    if (isSurelyAbsent(haltFile)) return undefined
    return { reason: trim(readRegularFile(haltFile).toString().replace(/\r\n?/g, '\n')) }
  } catch {
    return { unreadable: true }
  }
}

/** For `exec`: whether the brake is set now (contract B37). */
export function brakeOf({ home }: Context): () => boolean {
  return () => readHalt(home) !== undefined
}

/** Throws, with exit code 5, while halted. */
export function requireNotHalted(context: Context): void {
  const halt = readHalt(context.home)
  if (halt === undefined) return
  throw new CommandError(
    haltMessage('halt active', halt),
    HALT_EXIT,
    `remove ${paths(context.home).haltFile} to resume`,
  )
}

/** `what` with the reason behind it. */
export function haltMessage(what: string, halt: NonNullable<Halt>): string {
  if ('unreadable' in halt) return 'halt active (HALT file present but unreadable; treated as halted)'
  return halt.reason === '' ? what : `${what}: ${halt.reason}`
}

/** The lines that commands which go on under HALT show first; the newlines included. */
export function haltBanner(halt: NonNullable<Halt>, clear?: string): string {
  const reason = 'unreadable' in halt ? '(HALT file unreadable; treated as halted)' : halt.reason
  const lines = ['⚠ HALT ACTIVE — cross-agent comms paused']
  if (reason !== '') lines.push(`  reason: ${reason}`)
  if (clear !== undefined) lines.push(`  clear: ${clear}`)
  return `${lines.join('\n')}\n\n`
}
