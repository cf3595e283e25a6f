import type { PhaseBegan, Place } from '../history'
import type { Machine } from '../world/machine'
import type { Household } from '../world/post'
import type { Recorder } from '../world/recorder'

/** What all agents of a night share. */
export interface Town {
  readonly households: readonly Household[]
  readonly machines: ReadonlyMap<string, Machine>
  readonly recorder: Recorder
  readonly seed: number
  phase: PhaseBegan['phase']
  /** The key of a project that is revoked in the course of the night. */
  readonly doomed: { readonly place: Place; key: string; isRevoked: boolean }
}
