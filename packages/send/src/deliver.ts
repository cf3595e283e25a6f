import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { deliverLocally } from '@cac/core/delivery/local'
import { reasonOf } from '@cac/core/fs/system-error'
import { canonicalName } from '@cac/core/message/message-name'
import { type Peer, sshTarget } from '@cac/core/peers/peers-file'
import type { Interruption } from '@cac/core/programs/interruption'
import { shellQuote } from '@cac/core/text/shell'
import type { Outgoing } from './outgoing'

/** The exit code of a send that was given up: its marker is written. */
export const UNREACHABLE_EXIT = 3

/** How many seconds ahead a name may lie where all before it are taken. */
export const NAMES_TRIED_ON_PEER = 120

/** What is delivered. */
export interface Parcel {
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
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
    throw new Failure('delivery-failed', { inbox, reason: reasonOf(error) }, error)
  }
}

/** Delivers to a project of a peer. Where that fails the message is kept and a marker written (contracts A5, C2). */
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
  const outcome = await deliverRemotely({ ...parcel, peer, inbox, names, retries }, context, interruption)
  if (outcome.sent) {
    context.out(`sent: ${sshTarget(peer)}:${inbox}/${outcome.name}\n`, 'deed')
    return 0
  }
  const { recordFailedSend } = await import('@cac/core/delivery/failed-send')
  const diagnosis = (await import('@cac/core/delivery/diagnosis')).diagnosisLine(outcome.error, peer)
  if (diagnosis !== undefined) context.err(diagnosis)
  const { path: messagePath } = message.file ?? {}
  const failed = { ...parcel, ...outcome, destination: destinationText, messagePath }
  const { marker, kept } = recordFailedSend(failed, context.paths, context.now())
  context.err(`marker written: ${marker}`)
  if (typeof kept !== 'string') {
    context.err(
      `message not kept: ${kept.problem}; send ${messagePath} again once its receiver can be reached`,
    )
    return UNREACHABLE_EXIT
  }
  context.err(`message kept: ${kept}`)
  context.err(`send it again with: cross-agent-send --retry-failed ${asWord(destinationText)}`)
  return UNREACHABLE_EXIT
}

/** As it is typed on a shell's command line. */
function asWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : shellQuote(text)
}

/** The canonical name that is the message's some seconds after `started`, in milliseconds since the epoch. */
function namesFrom({ sender, message }: Outgoing, started: number): (clashes: number) => string {
  return (clashes) => canonicalName(started + clashes * 1000, sender.name, message.conversation)
}

/** What begins with a colon would make `host:path` the address of an rsync server (contract B45). */
export function requireReadablePath(inbox: string, project: string): void {
  if (!inbox.startsWith(':')) return
  throw new Failure('inbox-path-misread', { project })
}
