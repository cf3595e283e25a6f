import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { isSurelyAbsent, readRegularFile } from '../fs/files'
import type { Paths } from '../fs/paths'
import { trim } from '../text/python-text'
import { escapeAll } from '../text/terminal'

declare module '../command/failure' {
  interface FailureKinds {
    halted: true
  }
}

/** The brake: not set, set with a reason (which may be empty), or set and unreadable. */
export type Halt = { readonly reason: string } | { readonly unreadable: true } | undefined

/**
 * Reads the HALT file. Unless the file is certainly absent, any error counts as halted: a brake fails closed (contract
 * B27, B36).
 */
export function readHalt({ haltFile }: Paths): Halt {
  try {
    if (isSurelyAbsent(haltFile)) return undefined
    return { reason: trim(readRegularFile(haltFile).toString().replace(/\r\n?/g, '\n')) }
  } catch {
    return { unreadable: true }
  }
}

/** For `exec`: whether the brake is set now (contract B37). */
export function brakeOf({ paths }: Context): () => boolean {
  return () => readHalt(paths) !== undefined
}

/** Throws Failure while halted. */
export function requireNotHalted(context: Context): void {
  const halt = readHalt(context.paths)
  if (halt === undefined) return
  throw new Failure('halted', {
    message: haltMessage('halt active', halt),
    hint: `remove ${context.paths.haltFile} to resume`,
  })
}

/** `what`, followed by the reason. */
export function haltMessage(what: string, halt: NonNullable<Halt>): string {
  if ('unreadable' in halt) return 'halt active (HALT file present but unreadable; treated as halted)'
  return halt.reason === '' ? what : `${what}: ${halt.reason}`
}

/**
 * Shows the banner of commands that go on under HALT. With JSON it goes to standard error, because text before JSON
 * would make it invalid (contract B14). Returns whether halted.
 */
export function showHaltBanner(context: Context, isJson: boolean, clear?: string): boolean {
  const halt = readHalt(context.paths)
  if (halt === undefined) return false
  const lines = haltBanner(halt, clear)
  if (isJson) for (const line of lines) context.err(line)
  else context.out(`${lines.join('\n')}\n\n`)
  return true
}

/** The lines of the banner. */
export function haltBanner(halt: NonNullable<Halt>, clear?: string): string[] {
  const reason = 'unreadable' in halt ? '(HALT file unreadable; treated as halted)' : halt.reason
  const lines = ['⚠ HALT ACTIVE — cross-agent comms paused']
  // A reason may have several lines. Everything else that moves a terminal's cursor or reorders text is escaped (B44).
  if (reason !== '') lines.push(...escapeLines(`  reason: ${reason}`))
  if (clear !== undefined) lines.push(`  clear: ${clear}`)
  return lines
}

function escapeLines(text: string): string[] {
  return text.split('\n').map(escapeAll)
}
