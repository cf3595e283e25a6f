import { brakeOf, requireNotHalted } from '@cac/core/brake/halt'
import { liveBrake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { answersIn, inboxesHere } from '@cac/core/delivery/sent-here'
import { type SeenInbox, sentTo } from '@cac/core/delivery/sent-message'
import { inboxesOnPeer } from '@cac/core/delivery/sent-on-peer'
import { unattendedAmong, unattendedLine } from '@cac/core/delivery/unattended'
import { makeJudge } from '@cac/core/mailbox/judge'
import { mayBeFrom } from '@cac/core/message/message-name'
import { machineName } from '@cac/core/peers/machine-name'
import type { Peer } from '@cac/core/peers/peers-file'
import type { Interruption } from '@cac/core/programs/interruption'
import type { Outgoing } from './outgoing'

/**
 * Says on standard error where this project's messages have waited for long in the receiver's inbox, and nobody has
 * taken anything there since (contract C18). The message was sent: nothing that goes wrong here is worth a word.
 */
export async function tellIfUnattendedHere(outgoing: Outgoing, context: Context): Promise<void> {
  const { destination, inbox, sender, places } = outgoing
  const inboxes = [{ folder: inbox, project: destination.project }]
  const isOwn = (name: string) => mayBeFrom(name, sender.name)
  const judge = makeJudge(context, liveBrake(context))
  const machine = machineName(places.peers, context)
  await tell(outgoing, context, () => inboxesHere(inboxes, sender.name, machine, judge, isOwn))
}

/** Seconds and milliseconds: the sender waits for it. */
const PATIENCE = { connect: 2, total: 5_000 }

/** The same of a receiver on a peer, by one more ssh. A signal or HALT ends it. */
export async function tellIfUnattendedThere(
  outgoing: Outgoing,
  { peer, interruption }: { readonly peer: Peer; readonly interruption: Interruption },
  context: Context,
): Promise<void> {
  const { destination, sender, places } = outgoing
  const { project } = destination
  const placed = [project].flatMap((name) => {
    const inbox = places.peers.inboxPath(name)
    return inbox === undefined ? [] : [{ project: name, inbox }]
  })
  await tell(outgoing, context, async () => {
    const limits = { patience: PATIENCE, interruption, isHalted: brakeOf(context) }
    const answer = await inboxesOnPeer(peer, sender.name, placed, context, limits)
    return 'inboxes' in answer ? answer.inboxes.filter(({ to }) => to === `${peer.name}.${project}`) : []
  })
}

async function tell(
  { sender, destination, places }: Outgoing,
  context: Context,
  look: () => Promise<readonly SeenInbox[]>,
): Promise<void> {
  try {
    requireNotHalted(context)
    const own = sender.project === undefined ? [] : [places.projects.inbox(sender.project)]
    const answers = answersIn(
      own.map((folder) => ({ folder, project: sender.name })),
      (name) => mayBeFrom(name, destination.project),
    )
    const sent = (await look()).flatMap((inbox) => sentTo(inbox, sender.name, answers))
    const now = context.now()
    for (const unattended of unattendedAmong(sent, now))
      context.err(`note: ${unattendedLine(unattended, now)}: cross-agent-status --sent`)
  } catch {
    // Not known, so nothing is said.
  }
}
