import { unlinkSync } from 'node:fs'
import { CommandError, hasCode, reasonOf } from '../command/failure'
import { paths } from '../fs/paths'
import { readHalt } from './halt'

/**
 * Removes HALT, also where it is a dangling link; false if there was none. Throws CommandError (exit 1) where
 * it cannot be removed, or a link above it leads nowhere: this machine is still halted then (contract B21, B36).
 */
export function clearHaltFile(home: string): boolean {
  const { haltFile } = paths(home)
  try {
    unlinkSync(haltFile)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR') && readHalt(home) === undefined) return false
    throw new CommandError(
      `could not remove HALT: ${reasonOf(error)}`,
      1,
      `still halted: see to it that ${haltFile} can be removed, and resume again`,
    )
  }
}
