import { requireNotHalted } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import type { Values } from '@cac/core/command/table'
import { type Entry, listEntries, removeStaleEntries } from '@cac/core/delivery/outbox'
import { type KeptRecord, splitDestination } from '@cac/core/delivery/outbox-entry'
import { readPeersFile } from '@cac/core/peers/peers-file'
import { peersAtOnce } from '@cac/core/peers/reach'
import { holdSignals, type Interruption } from '@cac/core/programs/interruption'
import { mapParallel } from '@cac/core/programs/parallel'
import { UNREACHABLE_EXIT } from './deliver-to-peer'
import type { sendTable } from './options'
import { sendKept } from './send-kept'

/** An entry of the outbox that can be read. */
export type ReadableEntry = Entry & { readonly record: KeptRecord }

/**
 * Sends kept messages, with their names and signatures (contract C2). If another run is sending an entry, this run
 * waits for that entry and then checks it again. Nothing else waits for it (contract B72). Peers are served in
 * parallel. A peer that cannot be reached is tried once.
 */
export async function retryFailed(
  { positionals }: Values<typeof sendTable>,
  context: Context,
): Promise<number> {
  const interruption = holdSignals()
  try {
    return await sendAll(positionals.destination, interruption, context)
  } finally {
    interruption.release()
  }
}

async function sendAll(
  destination: string | undefined,
  interruption: Interruption,
  context: Context,
): Promise<number> {
  removeStaleEntries(context.paths, context.now())
  // Their first sender is still sending them.
  const entries = listEntries(context.paths, context.now()).filter(({ heldFor }) => heldFor !== 'sending')
  const wanted = entries.filter(
    ({ record }) => destination === undefined || record === undefined || record.destination === destination,
  )
  if (wanted.length === 0) return nothingKept(destination, context, entries)
  for (const entry of wanted) {
    if (entry.record === undefined)
      context.err(`cannot read ${context.paths.outbox}/${entry.id}: ${entry.problem}; it stays there`)
  }
  const peers = await readPeersFile(context.paths)
  const beforeStep = () => checkSteps(interruption, context)
  const sent = await mapParallel(byPeer(wanted), peersAtOnce(), (group) =>
    sendKept(group, { peers, beforeStep, interruption }, context),
  )
  const left = wanted.length - sent.reduce((sum, count) => sum + count, 0)
  if (left === 0) return 0
  context.err(`still kept: ${left}; once the cause is fixed: cross-agent-send --retry-failed`)
  return UNREACHABLE_EXIT
}

/** The entries for each peer, the oldest first. */
function byPeer(entries: readonly Entry[]): ReadableEntry[][] {
  const groups = new Map<string, ReadableEntry[]>()
  for (const entry of entries) {
    if (!isReadable(entry)) continue
    const { peer } = splitDestination(entry.record)
    const group = groups.get(peer)
    if (group === undefined) groups.set(peer, [entry])
    else group.push(entry)
  }
  return [...groups.values()]
}

function isReadable(entry: Entry): entry is ReadableEntry {
  return entry.record !== undefined
}

function checkSteps(interruption: Interruption, context: Context): void {
  interruption.check()
  requireNotHalted(context)
}

function nothingKept(
  destination: string | undefined,
  context: Context,
  others: readonly Entry[] = [],
): number {
  context.err(destination === undefined ? 'nothing is kept' : `nothing is kept for ${destination}`)
  const kept = new Set(others.flatMap(({ record }) => record?.destination ?? []))
  if (kept.size > 0) context.err(`kept messages are for: ${[...kept].sort().join(', ')}`)
  return 0
}
