import { Failure } from '../command/failure'
import type { Paths } from '../fs/paths'
import { removeAsAsked } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { readHalt } from './halt'

declare module '../command/failure' {
  interface FailureKinds {
    'halt-not-removed': true
  }
}

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
    const message = `could not remove HALT: ${reasonOf(error)}`
    const hint = `still halted: see to it that ${haltFile} can be removed, and resume again`
    throw new Failure('halt-not-removed', { message, hint }, error)
  }
}
