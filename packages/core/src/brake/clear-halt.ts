import { unlinkSync } from 'node:fs'
import { Failure } from '../command/failure'
import { paths } from '../fs/paths'
import { hasCode, reasonOf } from '../fs/system-error'
import { readHalt } from './halt'

/**
 * Removes HALT, also where it is a dangling link; false if there was none. Throws Failure where
 * it cannot be removed, or a link above it leads nowhere: this machine is still halted then (contract B21, B36).
 */
export function clearHaltFile(home: string): boolean {
  const { haltFile } = paths(home)
  try {
    unlinkSync(haltFile)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR') && readHalt(home) === undefined) return false
    throw new Failure('halt-not-removed', { haltFile, reason: reasonOf(error) }, error)
  }
}
