import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { destinationOnPeer, inboxOnPeer } from '@cac/core/delivery/destination'
import { diagnosisLine } from '@cac/core/delivery/diagnosis'
import { destinationUnusable } from '@cac/core/delivery/failures'
import { releaseEntry, removeEntry, takeEntry, updateRecord } from '@cac/core/delivery/outbox'
import { entryFolder, type KeptRecord, readKept, splitDestination } from '@cac/core/delivery/outbox-entry'
import { deliverRemotely, type RemoteOutcome } from '@cac/core/delivery/remote'
import { waitSeconds } from '@cac/core/delivery/retry'
import { hasCode, reasonOf } from '@cac/core/fs/system-error'
import { laterName } from '@cac/core/message/message-name'
import { type PeersFile, sshTarget } from '@cac/core/peers/peers-file'
import { type Interruption, withTimeLimit } from '@cac/core/programs/interruption'
import { NAMES_TRIED_ON_PEER, requireReadablePath } from './deliver-to-peer'
import type { ReadableEntry } from './retry-failed'

/** What a run knows of the peers, and how it may be stopped. */
export interface Run {
  readonly peers: PeersFile
  readonly interruption: Interruption
  /** Throws to stop before the next step. */
  beforeStep(): void
}

/** Seconds between two checks whether another run has finished with an entry. */
const LOOK_EVERY = 0.2
/** Milliseconds that one entry may take: ten minutes, plus a second for each 10 KB (contract B72). */
const timeLimit = (bytes: number) => 10 * 60_000 + bytes / 10

/** Sends the entries for one peer, one after the other, until the peer cannot be reached. Returns how many it sent. */
export async function sendKept(
  entries: readonly ReadableEntry[],
  run: Run,
  context: Context,
): Promise<number> {
  let sent = 0
  for (const [index, entry] of entries.entries()) {
    run.beforeStep()
    const outcome = await tryEntry(entry, run, context)
    if (outcome === 'sent') sent++
    else if (outcome === 'unreachable') {
      const others = entries.length - index - 1
      if (others > 0) context.err(`not tried, because they go to the same machine: ${others} more`)
      break
    }
  }
  return sent
}

/** Sends one entry, or says why it failed. A failed entry does not block the others. */
async function tryEntry(
  { id, record: { destination, name } }: ReadableEntry,
  run: Run,
  context: Context,
): Promise<'sent' | 'unreachable' | 'failed'> {
  const where = `${destination}: ${name}`
  try {
    const record = await takeWhenFree(id, run, context)
    // Another run has sent it meanwhile.
    if (record === undefined) return 'sent'
    try {
      return await tryHeld(id, record, run, context)
    } finally {
      releaseEntry(id, context.paths)
    }
  } catch (error) {
    if (!isAboutEntry(error)) throw error
    context.err(`${where}: ${reasonOf(error)}; it stays in ${entryFolder(id, context.paths)}`)
    return hasCode(error, 'ETIMEDOUT') ? 'unreachable' : 'failed'
  }
}

/** The record of an entry that this run now holds. Undefined if the entry is gone. */
async function takeWhenFree(id: string, run: Run, context: Context): Promise<KeptRecord | undefined> {
  for (;;) {
    const record = takeEntry(id, context.paths, context.now())
    if (record === 'gone') return undefined
    if (record !== 'held') return record
    await waitSeconds(LOOK_EVERY, run.beforeStep)
  }
}

async function tryHeld(
  id: string,
  record: KeptRecord,
  run: Run,
  context: Context,
): Promise<'sent' | 'unreachable' | 'failed'> {
  const outcome = await deliverEntry({ id, record }, run, context)
  if (outcome.sent) {
    removeEntry(id, context.paths)
    return 'sent'
  }
  context.err(`not sent: ${record.destination}: ${record.name}`)
  const tries = [...record.tries, ...outcome.tries]
  updateRecord(entryFolder(id, context.paths), 'retrying', { ...record, tries })
  return outcome.isReached ? 'failed' : 'unreachable'
}

/** Not HALT or a signal, which end the run. The system's errors have a code. */
function isAboutEntry(error: unknown): boolean {
  return error instanceof Failure ? error.kind !== 'halted' : error instanceof Error && 'code' in error
}

async function deliverEntry(
  { id, record }: Pick<ReadableEntry, 'id' | 'record'>,
  { peers, interruption, beforeStep }: Run,
  context: Context,
): Promise<RemoteOutcome> {
  const { message, signature } = readKept(id, record, context.paths)
  const { peer: name, project } = splitDestination(record)
  const peer = destinationOnPeer(name, project, peers, context)?.peer
  if (peer === undefined) throw destinationUnusable(`no peer ${name} in peers.toml any more`)
  const inbox = inboxOnPeer(project, peers)
  requireReadablePath(inbox, project)
  const later = Array.from({ length: NAMES_TRIED_ON_PEER }, (_, n) => laterName(record.name, n + 1))
  const limit = withTimeLimit(interruption, timeLimit(message.length))
  const delivery = { peer, inbox, message, signature, names: [record.name, ...later] as const }
  const steps = {
    beforeStep() {
      beforeStep()
      limit.check()
    },
  }
  const outcome = await deliverRemotely(
    { ...delivery, ...steps, again: true, retries: 0 },
    context,
    limit,
  ).finally(limit.release)
  if (outcome.sent) context.out(`sent: ${sshTarget(peer)}:${inbox}/${outcome.name}\n`, 'deed')
  else {
    const diagnosis = diagnosisLine(outcome.error, peer)
    if (diagnosis !== undefined) context.err(diagnosis)
  }
  return outcome
}
