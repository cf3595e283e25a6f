import { brakeOf } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { Failure, showFailure } from '@cac/core/command/failure'
import { deliverLocally } from '@cac/core/delivery/local'
import { reasonOf } from '@cac/core/fs/system-error'
import { canonicalName } from '@cac/core/message/message-name'
import { type Peer, sshTarget } from '@cac/core/peers/peers-file'
import type { Interruption } from '@cac/core/programs/interruption'
import { sendFailures } from './failures'
import type { Outgoing } from './outgoing'

/** The exit code of a send that was given up: its marker is written. */
export const UNREACHABLE_EXIT = 3

/** How many seconds ahead a name may lie where all before it are taken. */
export const NAMES_TRIED_ON_PEER = 120

/** What is delivered. */
export interface Parcel {
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
  /** Whether a connection to the peer may be shared, where that has been asked already. */
  readonly mayShare?: Promise<boolean> | undefined
  /** Throws to stop before the next step. */
  beforeStep(): void
}

/** Delivers to a project of this machine. Throws Failure. */
export function deliverHere(outgoing: Outgoing, parcel: Parcel, context: Context): number {
  const { inbox } = outgoing
  const delivery = { ...parcel, inbox, name: namesFrom(outgoing, context.now()) }
  try {
    context.out(`sent: ${inbox}/${deliverLocally(delivery)}\n`, 'deed')
    return 0
  } catch (error) {
    if (error instanceof Failure) throw error
    const message = `cannot deliver to ${inbox}: ${reasonOf(error)}`
    const hint = 'put that right and send again: a message that arrives twice is processed once'
    throw new Failure('delivery-failed', { message, hint }, error)
  }
}

/**
 * Loads what a delivery to a peer needs, and asks ssh for the user's settings: both take as long as signing does, and
 * neither needs the signature.
 */
export async function prepareConnection(
  peer: Peer,
  context: Context,
  interruption: Interruption,
): Promise<boolean> {
  const { leavesConnectionToUs } = await import('@cac/core/peers/shared-connection')
  const mayShare = leavesConnectionToUs(peer, { env: context.env, interruption, isHalted: brakeOf(context) })
  await Promise.all([import('@cac/core/delivery/remote'), import('./keep')])
  const { ownHolder } = await import('@cac/core/delivery/holder')
  await import('@cac/core/delivery/failed-send')
  // It is read once in a process.
  ownHolder()
  return mayShare
}

/**
 * Delivers to a project of a peer. The message is kept before the first try, and stays so unless it arrives (contract
 * B53). Where that fails for good a marker is written (contracts A5, C2).
 */
export async function deliverToPeer(
  outgoing: Outgoing,
  peer: Peer,
  parcel: Parcel,
  retries: number,
  context: Context,
  interruption: Interruption,
): Promise<number> {
  const { inbox, message, destinationText } = outgoing
  requireReadablePath(inbox, outgoing.destination.project)
  const name = namesFrom(outgoing, context.now())
  // The programs that bring it there take no names but UTF-8.
  const plainName = (clashes: number) => name(clashes).toWellFormed()
  const names = [
    plainName(0),
    ...Array.from({ length: NAMES_TRIED_ON_PEER }, (_, n) => plainName(n + 1)),
  ] as const
  const { deliverRemotely } = await import('@cac/core/delivery/remote')
  const { holdMessage, recordFailedSend } = await import('@cac/core/delivery/failed-send')
  const { dropHeld, sayStillKept, sayWhereKept } = await import('./keep')
  const messagePath = message.file?.path
  const sending = { ...parcel, destination: destinationText, messagePath }
  // What is stopped here has not begun.
  parcel.beforeStep()
  const held = tryTo(() =>
    holdMessage({ ...sending, name: names[0], tries: [] }, context.paths, context.now()),
  )
  try {
    const outcome = await deliverRemotely({ ...parcel, peer, inbox, names, retries }, context, interruption)
    if (outcome.sent) {
      // First: where nobody reads what is printed, nothing is to be sent again.
      if ('done' in held) dropHeld(held.done, context)
      context.out(`sent: ${sshTarget(peer)}:${inbox}/${outcome.name}\n`, 'deed')
      return 0
    }
    const diagnosis = (await import('@cac/core/delivery/diagnosis')).diagnosisLine(outcome.error, peer)
    if (diagnosis !== undefined && diagnosis !== outcome.diagnosis) context.err(diagnosis)
    const failed = { ...sending, ...outcome }
    const known = 'done' in held ? held.done : undefined
    const { marker, kept } = await recordFailedSend(failed, known, context.paths, context.now())
    context.err(`marker written: ${marker}`)
    sayWhereKept(kept, destinationText, messagePath, context)
    return UNREACHABLE_EXIT
  } catch (error) {
    const isHalted = error instanceof Failure && error.kind === 'halted'
    if ('done' in held && held.done.isDropped) throw error
    if (isHalted) showFailure(error, context.err)
    if ('done' in held) {
      await held.done.flushed
      sayStillKept(held.done.path, destinationText, context)
    } else sayWhereKept(held, destinationText, messagePath, context)
    if (isHalted) return sendFailures.halted
    throw error
  }
}

/** A result, or why there is none. */
function tryTo<Result>(work: () => Result): { readonly done: Result } | { readonly problem: string } {
  try {
    return { done: work() }
  } catch (error) {
    return { problem: reasonOf(error) }
  }
}

/** The canonical name that is the message's some seconds after `started`, in milliseconds since the epoch. */
function namesFrom({ sender, message }: Outgoing, started: number): (clashes: number) => string {
  return (clashes) => canonicalName(started + clashes * 1000, sender.name, message.conversation)
}

/** What begins with a colon would make `host:path` the address of an rsync server (contract B45). */
export function requireReadablePath(inbox: string, project: string): void {
  if (!inbox.startsWith(':')) return
  throw new Failure('inbox-path-misread', {
    message: `projects.${project}.inbox_path must not begin with a colon: rsync would read it otherwise than ssh`,
    hint: 'begin it with ~/ or /',
  })
}
