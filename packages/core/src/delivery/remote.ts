import type { Context } from '../command/context'
import type { Peer } from '../peers/peers-file'
import type { Interruption } from '../programs/interruption'
import { utcIso } from '../text/utc'
import { diagnosisLine, isHopeless } from './diagnosis'
import { makePrivateFolder, removePrivateFolder, removeStaleFolders } from './private-folder'
import { RemotePush } from './remote-push'
import { backoffAfter, type FailedTry, waitSeconds } from './retry'
import type { PushFailure } from './rsync'

/** What is delivered to which peer, under the first free of which names. */
export interface RemoteDelivery {
  readonly peer: Peer
  /** As peers.toml has it: `~` is the peer's home (contract B10). */
  readonly inbox: string
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
  readonly names: readonly [string, ...string[]]
  /** A try before may have brought it there, whole or in part (contract C2). */
  readonly again?: true
  /** Further tries for each of the two files. */
  readonly retries: number
  /** Whether a connection of our own may be shared, where that has been asked already (contract C20). */
  readonly mayShare?: Promise<boolean> | undefined
  /** Throws to stop before the next step, and during every wait. */
  beforeStep(): void
}

/**
 * The name the message got on the peer, or why it did not get there, try by try: then the name is the one that was
 * tried last. `isReached`: the peer has answered, though it did not take the message.
 */
export type RemoteOutcome = { readonly name: string } & (
  | { readonly sent: true }
  | {
      readonly sent: false
      readonly error: string
      readonly tries: readonly FailedTry[]
      readonly isReached: boolean
      /** What was said already of the cause. */
      readonly diagnosis?: string
    }
)

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
    removeStaleFolders(context.tempFolder, context.now())
    const steps = [() => push.message()]
    if (delivery.signature !== undefined) steps.unshift(() => push.signature())
    for (const step of steps) {
      delivery.beforeStep()
      const failure = await tryRepeatedly(step, delivery, context)
      if (failure === undefined) continue
      const { tries, ...said } = failure
      return { ...failed(push, tries.at(-1)?.error ?? 'no try was allowed', tries), ...said }
    }
    const failure = await push.flush()
    if (failure === undefined) return { sent: true, name: push.name }
    context.err(failure.error)
    return failed(push, failure.error, [{ time: utcIso(context.now()), ...failure }])
  } finally {
    push.end()
    removePrivateFolder(folder)
  }
}

function failed(push: RemotePush, error: string, tries: readonly FailedTry[]): RemoteOutcome {
  return { sent: false, name: push.name, error, tries, isReached: push.isReached }
}

/** Every try that failed, if none succeeded, and what was said of the cause. */
async function tryRepeatedly(
  step: () => Promise<PushFailure | undefined>,
  { peer, retries, beforeStep }: RemoteDelivery,
  context: Context,
): Promise<{ readonly tries: readonly FailedTry[]; readonly diagnosis?: string } | undefined> {
  const tries: FailedTry[] = []
  const said: { diagnosis?: string } = {}
  for (let attempt = 0; attempt <= retries; attempt++) {
    const last = tries.at(-1)
    if (last !== undefined) {
      beforeStep()
      const seconds = backoffAfter(attempt)
      context.err(`rsync attempt ${attempt} failed: ${last.error}; retrying in ${seconds}s`)
      // Who waits may put the cause right meanwhile (contract B53).
      const diagnosis = diagnosisLine(last.error, peer)
      if (diagnosis !== undefined && diagnosis !== said.diagnosis) context.err(diagnosis)
      if (diagnosis !== undefined) said.diagnosis = diagnosis
      const isNext = `try ${attempt + 1} of ${retries + 1}`
      await waitSeconds(seconds, beforeStep, (left) =>
        context.live(`${isNext} to reach ${peer.name} in ${left} s`),
      )
      context.live(`${isNext} to reach ${peer.name}`)
    }
    const failure = await step()
    if (failure === undefined) return undefined
    tries.push({ time: utcIso(context.now()), error: failure.error })
    if (failure.hopeless || isHopeless(failure.error)) {
      context.err(failure.error)
      return { tries, ...said }
    }
  }
  context.err(`rsync failed after ${retries + 1} attempts: ${tries.at(-1)?.error ?? ''}`)
  return { tries, ...said }
}
