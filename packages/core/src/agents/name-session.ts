import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { shellQuote } from '../text/shell'
import type { HookInput } from './agent'

/** An id that means nothing else to a shell, to a program or to a file system. */
const PLAIN_ID = /^[A-Za-z0-9][\w.-]{0,127}$/

const { O_WRONLY, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_CREAT } = constants

/**
 * Names the session for the shells that Claude Code starts, so that what they take belongs to it (contract C21). Claude
 * Code names the file, which its shells read, at a session's start. A name that is there already stays: the session may
 * work for a loop. Without the file, a session is known by its process.
 */
export function nameSession(
  { moment, sessionId }: HookInput,
  { CLAUDE_ENV_FILE: file, CROSS_AGENT_SESSION: name }: Readonly<Record<string, string | undefined>>,
): void {
  if (moment !== 'session-start' || name || !file?.startsWith('/') || !PLAIN_ID.test(sessionId)) return
  try {
    const fd = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
    try {
      const stats = fstatSync(fd)
      // Another name of the file may lie where somebody else reads it.
      if (!stats.isFile() || stats.nlink !== 1 || stats.uid !== process.geteuid?.()) return
      writeSync(fd, `export CROSS_AGENT_SESSION=${shellQuote(sessionId)}\n`)
    } finally {
      closeSync(fd)
    }
  } catch {}
}
