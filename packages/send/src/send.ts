import { requireNotHalted } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { requireRules } from '@cac/core/command/rules'
import type { Values } from '@cac/core/command/table'
import { deliverLocally } from '@cac/core/delivery/local'
import type { Message } from '@cac/core/delivery/read-message'
import type { Steps } from '@cac/core/delivery/sign-message'
import { reasonOf } from '@cac/core/fs/system-error'
import { type Peer, sshTarget } from '@cac/core/peers/peers-file'
import { holdSignals } from '@cac/core/programs/interruption'
import type { Delivered, PeerDelivery } from './deliver-to-peer'
import { requestOf, sendTable } from './options'
import { namesFrom, type Outgoing, prepare } from './outgoing'
import type { Waiting } from './wait'

/** Sends one message, or one for each of several destinations. In this order: HALT, file, header, peers.toml, destination, signature, delivery. */
export async function send(values: Values<typeof sendTable>, context: Context): Promise<number> {
  const { options } = values
  requireNotHalted(context)
  await requireRules(sendTable, values)
  if (options['retry-failed']) return (await import('./retry-failed')).retryFailed(values, context)
  const all = await prepare(requestOf(values), context)
  const [outgoing] = all
  if (all.length > 1 && options.wait !== undefined)
    throw new Failure('usage', {
      message: `${sendTable.name}: error: --wait waits for the answer of one destination`,
      hint: 'send to each destination by itself, or leave out --wait',
    })
  const { message, destination, nearby } = outgoing
  warnOfUnknownProject(outgoing, options['dry-run'], context)
  if (!outgoing.isCompleted) await nearby.adviseOnSequence(message, context)
  if (options['dry-run']) return showWhatWouldBeSent(all, context)
  nearby.removeStaleTemps(context)
  if (all.length > 1) {
    const { sendToSeveral } = await import('./send-to-several')
    return sendToSeveral(all, options, { sign, deliveryTo, deliverHere, tellIfUnattended }, context)
  }

  const interruption = holdSignals()
  const beforeStep = () => {
    interruption.check()
    requireNotHalted(context)
  }
  const stops = { interruption, beforeStep }
  const { peer } = destination
  const remote = peer && (await deliveryTo(peer, outgoing, stops, options.retries, context))
  let waiting: Waiting | undefined
  try {
    if (options.wait !== undefined) waiting = await beginToWait(options.wait, outgoing, context)
    const whileSigning = () => remote?.prepare()
    const signature = options['no-sign']
      ? undefined
      : await sign(message, options.key, { ...stops, whileSigning }, context)
    const { exitCode, name } =
      remote === undefined
        ? deliverHere(outgoing, signature, beforeStep, context)
        : await remote.deliver(signature)
    if (remote === undefined) await tellIfUnattended(outgoing, context)
    return waiting === undefined || name === undefined ? exitCode : await waiting.wait(name, interruption)
  } finally {
    waiting?.end()
    await remote?.end()
    interruption.release()
  }
}

export async function deliveryTo(
  peer: Peer,
  outgoing: Outgoing,
  stops: Pick<Steps, 'interruption' | 'beforeStep'>,
  retries: number,
  context: Context,
): Promise<PeerDelivery> {
  const { PeerDelivery } = await import('./deliver-to-peer')
  return new PeerDelivery(outgoing, { peer, retries, ...stops }, context)
}

export async function sign(
  message: Message,
  key: string | undefined,
  steps: Steps,
  context: Context,
): Promise<Uint8Array> {
  const { signMessage } = await import('@cac/core/delivery/sign-message')
  return signMessage(message, key, context, steps)
}

/** From now on the conversation is held for this session (contract C28). Throws Failure; then nothing is sent. */
async function beginToWait(seconds: number, outgoing: Outgoing, context: Context): Promise<Waiting> {
  return (await import('./wait')).beginToWait(seconds, outgoing, context)
}

/** Delivers to a project of this machine. Throws Failure. */
export function deliverHere(
  outgoing: Outgoing,
  signature: Uint8Array | undefined,
  beforeStep: () => void,
  context: Context,
): Delivered {
  const { inbox, message } = outgoing
  const name = namesFrom(outgoing, context.now())
  try {
    const delivered = deliverLocally({ inbox, message: message.bytes, signature, name, beforeStep })
    context.out(`sent: ${inbox}/${delivered}\n`, 'deed')
    return { exitCode: 0, name: delivered }
  } catch (error) {
    if (error instanceof Failure) throw error
    const words = `cannot deliver to ${inbox}: ${reasonOf(error)}`
    const hint = 'fix that and send again: a message that arrives twice is processed once'
    throw new Failure('delivery-failed', { message: words, hint }, error)
  }
}

/** Says where nobody takes anything, of a project of this machine (contract C18). */
export async function tellIfUnattended(outgoing: Outgoing, context: Context): Promise<void> {
  if (!outgoing.nearby.mayBeUnattended(outgoing, context.now())) return
  await (await import('./unattended')).tellIfUnattendedHere(outgoing, context)
}

function showWhatWouldBeSent(all: readonly Outgoing[], context: Context): number {
  for (const { message, destination, inbox } of all) {
    context.out(message.bytes.toString())
    const { peer } = destination
    context.err(`would be sent to: ${peer === undefined ? inbox : `${sshTarget(peer)}:${inbox}`}`)
  }
  return 0
}

/** Mail for a mistyped project is delivered with a warning: the user may mean a new folder (B9). */
function warnOfUnknownProject({ destination, places }: Outgoing, isDry: boolean, context: Context): void {
  const { peers, projects } = places
  const { project, peer } = destination
  if (peer !== undefined || peers.inboxPath(project) !== undefined || projects.isThere(project)) return
  const made = isDry ? 'would be made' : 'is made now'
  context.err(`warning: there was no project ${project} in ${projects.roots.join(', ')}; its inbox ${made}`)
  const known = projects.names()
  context.err(`known projects: ${known.length > 0 ? known.join(', ') : '(none)'}`)
}
