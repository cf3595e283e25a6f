import { isTaken, link, makeFolder, remove, syncFolder, writeTemp } from '../fs/durable'
import { fileName, type Paths } from '../fs/paths'
import { reasonOf } from '../fs/system-error'
import { toJson } from '../text/json'
import { utcStamp } from '../text/utc'
import { entryFolder, type KeptMessage, markerPath } from './outbox'
import { type StagedEntry, stageEntry } from './stage-entry'

/** A send that was given up. */
export interface FailedSend extends Omit<KeptMessage, 'isSigned'> {
  /** As it was given on the command line; undefined for a message that was in no file. */
  readonly messagePath: string | undefined
  readonly error: string
}

/** Where a failed send was recorded. */
export interface Recorded {
  readonly marker: string
  /** Where the message is kept; or why it is not: then it is in the user's own file alone. */
  readonly kept: string | { readonly problem: string }
}

/**
 * Keeps the message in the outbox and records the failure beside the scripts' markers (contracts A5, C2). Both get
 * one name, by which each leads to the other. The message comes first: no marker promises what is not there. A message
 * that has a file need not be kept for its marker to be written. `now` in milliseconds since the epoch. Throws the
 * system's error.
 */
export function recordFailedSend(failed: FailedSend, paths: Paths, now: number): Recorded {
  makeFolder(paths.failedSends)
  const entry = stage(failed, paths)
  try {
    const name = markerName(failed)
    for (let seconds = 0; ; seconds++) {
      const id = `${utcStamp(now + seconds * 1000)}-${name}`
      if (isTaken(markerPath(id, paths)) || !(entry.staged?.place(id) ?? true)) continue
      const path = `${entryFolder(id, paths)}/${failed.name}`
      const marker = markerPath(id, paths)
      if (writeMarker(marker, { ...failed, messagePath: failed.messagePath ?? path }, paths, now))
        return { marker, kept: entry.staged === undefined ? entry : path }
    }
  } finally {
    entry.staged?.dropUnlessPlaced()
  }
}

type Staging = { readonly staged: StagedEntry } | { readonly staged: undefined; readonly problem: string }

function stage(failed: FailedSend, paths: Paths): Staging {
  try {
    return { staged: stageEntry(failed, paths) }
  } catch (error) {
    if (failed.messagePath === undefined) throw error
    return { staged: undefined, problem: reasonOf(error) }
  }
}

function markerName({ destination, messagePath, name }: FailedSend): string {
  const text = `${destination.replaceAll('.', '-')}-${fileName(messagePath ?? name)}`
  return text.replace(/[^A-Za-z0-9._-]/gu, '_').slice(0, 200)
}

/** False where there is a marker of that name, from a script: nothing is overwritten. */
function writeMarker(marker: string, failed: FailedSend, { failedSends }: Paths, now: number): boolean {
  const record = {
    timestamp: utcStamp(now),
    destination: failed.destination,
    message_path: failed.messagePath ?? '',
    error: failed.error,
    retry_log: failed.tries.map(({ time, error }) => ({ time, error })),
  }
  const temp = writeTemp(failedSends, Buffer.from(toJson(record)), 0o666)
  try {
    if (link(temp, marker) === 'taken') return false
    syncFolder(failedSends)
    return true
  } finally {
    remove(temp)
  }
}
