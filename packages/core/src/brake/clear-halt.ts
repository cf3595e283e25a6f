import { Failure } from '../command/failure'
import type { Paths } from '../fs/paths'
import { removeAsAsked } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { readHalt } from './halt'

/**
 * Removes HALT, also where it is a dangling link; false if there was none. Throws Failure where
 * it cannot be removed, or a link above it leads nowhere: this machine is still halted then (contract B21, B36).
 */
export function clearHaltFile(paths: Paths): boolean {
  const { haltFile } = paths
  try {
    removeAsAsked(haltFile)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR') && readHalt(paths) === undefined) return false
    throw new Failure('halt-not-removed', { haltFile, reason: reasonOf(error) }, error)
  }
}
