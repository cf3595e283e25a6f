import { requireNotHalted } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import type { Values } from '@cac/core/command/table'
import { type Destination, inboxPath, resolveDestination } from '@cac/core/delivery/destination'
import { deliverLocally, removeStaleTemps } from '@cac/core/delivery/local'
import { type Message, readMessage } from '@cac/core/delivery/read-message'
import { findSender, type Sender } from '@cac/core/delivery/sender'
import { sequenceAdvice } from '@cac/core/delivery/sequence-advice'
import { isTaken } from '@cac/core/fs/durable'
import { listNamesIfReadable } from '@cac/core/fs/folder'
import { expandHome } from '@cac/core/fs/home-path'
import { tidyPath } from '@cac/core/fs/paths'
import { reasonOf } from '@cac/core/fs/system-error'
import { canonicalName, fitsFileSystem, LONGEST_FILE_NAME } from '@cac/core/message/message-name'
import { type PeersFile, readPeersFile, sshTarget } from '@cac/core/peers/peers-file'
import { holdSignals } from '@cac/core/programs/interruption'
import type { sendTable } from './options'

/** The exit code of a send that was given up: its marker is written. */
const UNREACHABLE_EXIT = 3

/** How many seconds ahead a name may lie where all before it are taken. */
const NAMES_TRIED_ON_PEER = 120

/** Sends one message. In this order: HALT, file, header, peers.toml, destination, signature, delivery. */
export async function send(
  { options, positionals }: Values<typeof sendTable>,
  context: Context,
): Promise<number> {
  requireNotHalted(context)
  const message = readMessage(tidyPath(positionals.message_file))
  const sender = findSender(context)
  requireNameThatFits(sender, message)
  const peers = await readPeersFile(context.paths)
  const destination = resolveDestination(positionals.destination, peers, context)
  const inbox = inboxPath(destination.project, peers)
  if (destination.peer === undefined) warnOfUnknownProject(destination, peers, context)
  adviseOnSequence(message, sender, destination, peers, context)

  const interruption = holdSignals()
  const beforeStep = () => {
    interruption.check()
    requireNotHalted(context)
  }
  try {
    const signature = options['no-sign']
      ? undefined
      : await (await import('@cac/core/delivery/sign-message')).signMessage(message, options.key, context, {
          interruption,
          beforeStep,
        })
    const started = context.now()
    const name = (clashes: number) =>
      canonicalName(started + clashes * 1000, sender.name, message.conversation)
    const parcel = { message: message.file.bytes, signature, beforeStep }
    if (destination.peer === undefined) {
      const folder = localInbox(inbox, context)
      const delivered = deliver(folder, () => deliverLocally({ ...parcel, inbox: folder, name }))
      context.out(`sent: ${folder}/${delivered}\n`)
      return 0
    }
    const { peer } = destination
    requireReadablePath(inbox, destination.project)
    // The programs that bring it there take no names but UTF-8.
    const plainName = (clashes: number) => name(clashes).toWellFormed()
    const names = [
      plainName(0),
      ...Array.from({ length: NAMES_TRIED_ON_PEER }, (_, n) => plainName(n + 1)),
    ] as const
    const { deliverRemotely } = await import('@cac/core/delivery/remote')
    const remote = { ...parcel, peer, inbox, names, retries: options.retries }
    const outcome = await deliverRemotely(remote, context, interruption)
    if (outcome.sent) {
      context.out(`sent: ${sshTarget(peer)}:${inbox}/${outcome.name}\n`)
      return 0
    }
    const { writeFailedSend } = await import('@cac/core/delivery/failed-send')
    const failed = { destination: positionals.destination, messagePath: message.file.path, ...outcome }
    context.err(`marker written: ${writeFailedSend(failed, context.paths, context.now())}`)
    return UNREACHABLE_EXIT
  } finally {
    interruption.release()
  }
}

/** What begins with a colon would make `host:path` the address of an rsync server (contract B45). */
function requireReadablePath(inbox: string, project: string): void {
  if (!inbox.startsWith(':')) return
  throw new Failure('inbox-path-misread', { project })
}

function localInbox(inbox: string, context: Context): string {
  return tidyPath(expandHome(inbox, context.home))
}

function requireNameThatFits(sender: Sender, message: Message): void {
  if (fitsFileSystem(canonicalName(0, sender.name, message.conversation))) return
  throw new Failure('name-too-long', { limit: LONGEST_FILE_NAME })
}

function deliver(inbox: string, delivery: () => string): string {
  try {
    return delivery()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('delivery-failed', { inbox, reason: reasonOf(error) }, error)
  }
}

/** Where it cannot be told, the delivery says why. */
function isThereOrUnclear(path: string): boolean {
  try {
    return isTaken(path)
  } catch {
    return true
  }
}

/** Mail for a mistyped project is delivered, and said so: its folder may be meant to be new (B9). */
function warnOfUnknownProject({ project }: Destination, peers: PeersFile, context: Context): void {
  const { projects } = context.paths
  if (peers.inboxPath(project) !== undefined || isThereOrUnclear(`${projects}/${project}`)) return
  const known = listNamesIfReadable(projects).filter((name) => !name.startsWith('.'))
  context.err(`warning: there was no project ${project} in ${projects}; its inbox is made now`)
  context.err(`known projects: ${known.length > 0 ? known.sort().join(', ') : '(none)'}`)
}

/**
 * Looks into the inboxes on this machine that the conversation may lie in: advises on the sequence (A4), and
 * clears away what killed senders left in the receiver's.
 */
function adviseOnSequence(
  message: Message,
  sender: Sender,
  { peer, project }: Destination,
  peers: PeersFile,
  context: Context,
): void {
  try {
    const inboxOf = (owner: string) => localInbox(inboxPath(owner, peers), context)
    const receiving = peer === undefined ? [inboxOf(project)] : []
    const own = sender.project === undefined ? [] : [inboxOf(sender.project)]
    const listings = [...new Set([...receiving, ...own])].map((folder) => ({
      folder,
      names: listNamesIfReadable(folder),
    }))
    const advice = sequenceAdvice(message, listings)
    if (advice !== undefined) context.err(advice)
    for (const { folder, names } of listings) {
      if (receiving.includes(folder)) removeStaleTemps(folder, names, context.now())
    }
  } catch (error) {
    context.err(`no advice on SEQUENCE: ${reasonOf(error)}`)
  }
}
