import { requireNotHalted } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { requireRules } from '@cac/core/command/rules'
import type { Values } from '@cac/core/command/table'
import { sshTarget } from '@cac/core/peers/peers-file'
import { holdSignals } from '@cac/core/programs/interruption'
import { deliverHere, deliverToPeer, prepareConnection } from './deliver'
import { sendTable } from './options'
import { type Outgoing, prepare } from './outgoing'
import { requestOf } from './request'

/** Sends one message. In this order: HALT, file, header, peers.toml, destination, signature, delivery. */
export async function send(values: Values<typeof sendTable>, context: Context): Promise<number> {
  const { options } = values
  requireNotHalted(context)
  await requireRules(sendTable, values)
  if (options['retry-failed']) return (await import('./retry-failed')).retryFailed(values, context)
  const outgoing = await prepare(requestOf(values), context)
  const { message, destination, nearby } = outgoing
  warnOfUnknownProject(outgoing, options['dry-run'], context)
  if (!outgoing.isCompleted) await nearby.adviseOnSequence(message, context)
  if (options['dry-run']) return showWhatWouldBeSent(outgoing, context)
  nearby.removeStaleTemps(context)

  const interruption = holdSignals()
  const beforeStep = () => {
    interruption.check()
    requireNotHalted(context)
  }
  let mayShare: Promise<boolean> | undefined
  try {
    const { peer } = destination
    const whileSigning = () => {
      if (peer !== undefined) mayShare = prepareConnection(peer, context, interruption)
    }
    const signature = options['no-sign']
      ? undefined
      : await (await import('@cac/core/delivery/sign-message')).signMessage(message, options.key, context, {
          interruption,
          beforeStep,
          whileSigning,
        })
    const parcel = { message: message.bytes, signature, beforeStep }
    return peer === undefined
      ? deliverHere(outgoing, parcel, context)
      : await deliverToPeer(outgoing, peer, { ...parcel, mayShare }, options.retries, context, interruption)
  } finally {
    await mayShare
    interruption.release()
  }
}

function showWhatWouldBeSent({ message, destination, inbox }: Outgoing, context: Context): number {
  context.out(message.bytes.toString())
  const { peer } = destination
  context.err(`would be sent to: ${peer === undefined ? inbox : `${sshTarget(peer)}:${inbox}`}`)
  return 0
}

/** Mail for a mistyped project is delivered, and said so: its folder may be meant to be new (B9). */
function warnOfUnknownProject({ destination, places }: Outgoing, isDry: boolean, context: Context): void {
  const { peers, projects } = places
  const { project, peer } = destination
  if (peer !== undefined || peers.inboxPath(project) !== undefined || projects.isThere(project)) return
  const made = isDry ? 'would be made' : 'is made now'
  context.err(`warning: there was no project ${project} in ${projects.roots.join(', ')}; its inbox ${made}`)
  const known = projects.names()
  context.err(`known projects: ${known.length > 0 ? known.join(', ') : '(none)'}`)
}
