import { rmSync } from 'node:fs'
import type { Context } from '../command/context'
import type { Peer } from '../peers/peers-file'
import type { Interruption } from '../programs/interruption'
import { utcIso } from '../text/utc'
import { makePrivateFolder, removeStaleFolders } from './private-folder'
import { RemotePush } from './remote-push'
import { backoffAfter, type FailedTry, waitSeconds } from './retry'
import type { Failure } from './rsync'

/** What is delivered to which peer, under the first free of which names. */
export interface RemoteDelivery {
  readonly peer: Peer
  /** As peers.toml has it: `~` is the peer's home (contract B10). */
  readonly inbox: string
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
  readonly names: readonly [string, ...string[]]
  /** Further tries for each of the two files. */
  readonly retries: number
  /** Throws to stop before the next step, and during every wait. */
  beforeStep(): void
}

/** The name the message got on the peer, or why it did not get there, try by try. */
export type RemoteOutcome =
  | { readonly sent: true; readonly name: string }
  | { readonly sent: false; readonly error: string; readonly tries: readonly FailedTry[] }

/**
 * Pushes the signature and after it the message with rsync, each with retries and backoff; then they are brought to
 * the peer's disk.
 */
export async function deliverRemotely(
  delivery: RemoteDelivery,
  context: Context,
  interruption: Interruption,
): Promise<RemoteOutcome> {
  const folder = makePrivateFolder(context.tempFolder)
  const push = new RemotePush(delivery, folder, context, interruption)
  try {
    removeStaleFolders(context.tempFolder, folder, context.now())
    const steps = [() => push.message()]
    if (delivery.signature !== undefined) steps.unshift(() => push.signature())
    for (const step of steps) {
      delivery.beforeStep()
      const tries = await tryRepeatedly(step, delivery, context)
      if (tries !== undefined)
        return { sent: false, error: tries.at(-1)?.error ?? 'no try was allowed', tries }
    }
    const failure = await push.flush()
    if (failure === undefined) return { sent: true, name: push.name }
    return { sent: false, ...failure, tries: [{ time: utcIso(context.now()), ...failure }] }
  } finally {
    push.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every try that failed, if none succeeded. */
async function tryRepeatedly(
  step: () => Promise<Failure | undefined>,
  { peer, retries, beforeStep }: RemoteDelivery,
  context: Context,
): Promise<FailedTry[] | undefined> {
  const tries: FailedTry[] = []
  for (let attempt = 0; attempt <= retries; attempt++) {
    const last = tries.at(-1)
    if (last !== undefined) {
      beforeStep()
      const seconds = backoffAfter(attempt)
      context.err(`rsync attempt ${attempt} failed: ${last.error}; retrying in ${seconds}s`)
      const isNext = `try ${attempt + 1} of ${retries + 1}`
      await waitSeconds(seconds, beforeStep, (left) =>
        context.live(`${isNext} to reach ${peer.name} in ${left} s`),
      )
      context.live(`${isNext} to reach ${peer.name}`)
    }
    const failure = await step()
    if (failure === undefined) return undefined
    tries.push({ time: utcIso(context.now()), error: failure.error })
    if (failure.hopeless) {
      context.err(failure.error)
      return tries
    }
  }
  context.err(`rsync failed after ${retries + 1} attempts: ${tries.at(-1)?.error ?? ''}`)
  return tries
}
