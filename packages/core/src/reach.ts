import { lastWords, type Result } from './exec'
import type { Peer } from './peers'
import { ssh } from './remote'

/** How many peers are spoken to at the same time (contract B18). */
export const PEERS_AT_ONCE = 32

/** How long ssh may take: for the connection in seconds, over all in milliseconds. */
export interface Patience {
  readonly connect: number
  readonly total: number
}

/** Runs a command in a peer's login shell, and never waits longer than `patience` has it. Never throws. */
export function reach(
  peer: Peer,
  command: string,
  { connect, total }: Patience,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result> {
  return ssh(peer, command, connect, { env, timeout: total })
}

/**
 * Why a call of `reach` failed; undefined if it did not. `unreachable` are the words for a peer of whom
 * nothing was heard: there is no ssh, or it did not end in time.
 */
export function reachProblem(result: Result, unreachable: string): string | undefined {
  if (result.exitCode === 0) return undefined
  return result.exitCode === undefined && result.failure !== 'killed' ? unreachable : lastWords(result)
}
