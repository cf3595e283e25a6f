import { closeSync, constants, openSync } from 'node:fs'
import { Failure } from '../command/failure'
import type { Paths } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import { allWords, type ExecOptions, exec } from '../programs/exec'

/** What `flock` locks is what the descriptor stands for, and so stays locked until we close it, or are gone. */
const LOCK = ['--exclusive', '3']

/**
 * Waits until no other process has the outbox locked, and locks it. The system itself releases the lock when this
 * process ends, however that happens: no lock outlives its holder. Returns what releases it; undefined where HALT
 * or a signal ended the wait, or where there is no outbox. Throws Failure.
 */
export async function lockOutbox(
  { outbox }: Paths,
  options: Pick<ExecOptions, 'env' | 'interruption' | 'isHalted'>,
): Promise<(() => void) | undefined> {
  let folder: number
  try {
    folder = openSync(outbox, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  const result = await exec('flock', LOCK, { ...options, files: [folder] })
  if (result.exitCode === 0) return () => closeSync(folder)
  closeSync(folder)
  if (result.failure === 'halted' || options.interruption?.signal !== undefined) return undefined
  const words = result.failure === 'not-found' ? 'flock not found; install util-linux' : allWords(result)
  throw new Failure('outbox-not-locked', { outbox, reason: words })
}
