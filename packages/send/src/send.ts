import { readdirSync } from 'node:fs'
import type { Context } from '@cac/core/context'
import { isTaken } from '@cac/core/durable'
import { CommandError, reasonOf } from '@cac/core/errors'
import { requireNotHalted } from '@cac/core/halt'
import { expandHome } from '@cac/core/home-path'
import { holdSignals } from '@cac/core/interruption'
import { canonicalName, fitsFileSystem } from '@cac/core/message-file'
import type { Values } from '@cac/core/options'
import { paths, tidyPath } from '@cac/core/paths'
import { type PeersFile, readPeersFile } from '@cac/core/peers'
import { type Destination, inboxPath, resolveDestination } from './destination'
import { deliverLocally, removeStaleTemps } from './local-delivery'
import { type Message, readMessage } from './message'
import { EXIT, type sendTable } from './options'
import { findSender, type Sender } from './sender'
import { type Listing, sequenceAdvice } from './sequence-advice'

/** Sends one message. In this order: HALT, file, header, peers.toml, destination, signature, delivery. */
export async function send(
  { options, positionals }: Values<typeof sendTable>,
  context: Context,
): Promise<number> {
  requireNotHalted(context)
  const message = readMessage(tidyPath(positionals.message_file))
  const sender = findSender(context)
  requireNameThatFits(sender, message)
  const peers = await readPeersFile(context.home)
  const destination = resolveDestination(positionals.destination, peers, context)
  if (destination.peer !== undefined) {
    throw new CommandError('sending to other machines is not possible yet', EXIT.unreachable)
  }
  const inbox = tidyPath(expandHome(inboxPath(destination.project, peers), context.home))
  warnOfUnknownProject(destination, peers, context)
  advise(message, sender, inbox, peers, context)

  const interruption = holdSignals()
  try {
    const signature = options['no-sign']
      ? undefined
      : await (await import('./signature')).signMessage(message, options.key, context, interruption)
    const started = context.now()
    const name = deliver(inbox, () =>
      deliverLocally({
        inbox,
        message: message.file.bytes,
        signature,
        name: (clashes) => canonicalName(started + clashes * 1000, sender.name, message.conversation),
        beforeStep() {
          interruption.check()
          requireNotHalted(context)
        },
      }),
    )
    context.out(`sent: ${inbox}/${name}\n`)
    return 0
  } finally {
    interruption.release()
  }
}

function requireNameThatFits(sender: Sender, message: Message): void {
  if (fitsFileSystem(canonicalName(0, sender.name, message.conversation))) return
  throw new CommandError(
    'CONVERSATION_ID is too long: the name of the message would exceed 255 bytes',
    EXIT.header,
    'shorten the CONVERSATION_ID',
  )
}

function deliver(inbox: string, delivery: () => string): string {
  try {
    return delivery()
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(
      `cannot deliver to ${inbox}: ${reasonOf(error)}`,
      EXIT.general,
      'nothing was sent; put the folder right and send again',
    )
  }
}

/** Mail for a mistyped project is delivered, and said so: its folder may be meant to be new (B9). */
function warnOfUnknownProject({ project }: Destination, peers: PeersFile, context: Context): void {
  const { projects } = paths(context.home)
  if (peers.inboxPath(project) !== undefined || isTaken(`${projects}/${project}`)) return
  const known = filesIn(projects).filter((name) => !name.startsWith('.'))
  context.err(`warning: there was no project ${project} in ${projects}; its inbox is made now`)
  context.err(`known projects: ${known.length > 0 ? known.sort().join(', ') : '(none)'}`)
}

/** Looks at what is there: advises on the sequence, and clears away what killed senders left. */
function advise(message: Message, sender: Sender, inbox: string, peers: PeersFile, context: Context): void {
  try {
    const listings: Listing[] = [{ folder: inbox, names: filesIn(inbox) }]
    if (sender.project !== undefined) {
      const own = tidyPath(expandHome(inboxPath(sender.project, peers), context.home))
      if (own !== inbox) listings.push({ folder: own, names: filesIn(own) })
    }
    const advice = sequenceAdvice(message, listings)
    if (advice !== undefined) context.err(advice)
    removeStaleTemps(inbox, listings[0]?.names ?? [], context.now())
  } catch (error) {
    context.err(`no advice on SEQUENCE: ${reasonOf(error)}`)
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
