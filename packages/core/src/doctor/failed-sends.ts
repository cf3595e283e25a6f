import type { Context } from '../command/context'
import { type Entry, listEntries } from '../delivery/outbox'
import { listNamesIfThere } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import { counted } from '../text/counted'
import { sortText } from '../text/python-text'
import { bad, type Check, ok, shellWord } from './check'

const NAME = 'failed sends'
const MARKER = '.json'
/** Largest marker that is read, in bytes. */
const LARGEST_MARKER = 1024 * 1024

/** Checks failed sends. Kept messages can be sent again. The scripts leave only a marker. */
export function checkFailedSends({ paths, now }: Context): Check[] {
  const { failedSends, outbox } = paths
  const entries = listEntries(paths, now())
  const kept = new Set(entries.map(({ id }) => id))
  const markers = sortText(listNamesIfThere(failedSends).filter((name) => /^[^.].*\.json$/.test(name)))
  const lost = markers.filter((name) => !kept.has(name.slice(0, -MARKER.length)))
  const checks = [
    // A running process still sends the held entries.
    ...checkKept(entries.filter(({ heldFor }) => heldFor === undefined)),
    ...checkDamaged(entries, outbox),
    ...checkLost(lost, failedSends),
  ]
  return checks.length > 0 ? checks : [ok(NAME, 'none')]
}

function checkKept(entries: readonly Entry[]): Check[] {
  const readable = entries.flatMap(({ record }) => record ?? [])
  const last = readable.at(-1)
  if (last === undefined) return []
  const reason = reasonOfSend(last.destination, last.tries.at(-1)?.error ?? 'its sender was ended')
  const said = `${counted(readable.length, 'message', 'messages')} could not be sent and kept, the last ${reason}`
  return [bad(NAME, said, 'fix that, then send the kept messages', 'cross-agent-send --retry-failed')]
}

function checkDamaged(entries: readonly Entry[], outbox: string): Check[] {
  const damaged = entries.filter(({ record }) => record === undefined)
  const [first] = damaged
  if (first === undefined) return []
  const folder = joinPath(outbox, first.id)
  const problem = 'problem' in first ? first.problem : ''
  const said = `${counted(damaged.length, 'kept message', 'kept messages')} that cannot be read: ${folder}: ${problem}`
  return [
    bad(NAME, said, 'send it again if it matters, and remove that folder', `ls -l ${shellWord(folder)}`),
  ]
}

function checkLost(markers: readonly string[], failedSends: string): Check[] {
  const last = markers.at(-1)
  if (last === undefined) return []
  return [
    bad(
      NAME,
      `${counted(markers.length, 'send', 'sends')} failed for good, the last ${reasonIn(joinPath(failedSends, last))}`,
      'fix that, send the message again and remove the marker',
      `ls ${shellWord(failedSends)}`,
    ),
  ]
}

/** The scripts write markers too, and a marker may hold anything. */
function reasonIn(marker: string): string {
  try {
    const value: unknown = JSON.parse(takeSnapshot(marker, LARGEST_MARKER).bytes.toString())
    const { destination, error }: { destination?: unknown; error?: unknown } = Object(value)
    return reasonOfSend(String(destination), String(error))
  } catch {
    return `by a marker that cannot be read: ${marker}`
  }
}

function reasonOfSend(destination: string, error: string): string {
  return `to ${destination.slice(0, 200)}: ${error.slice(0, 500)}`
}
