import { isTaken, makeFolder, placeNew, syncFolder, withTemp } from '../fs/durable'
import { fileName, type Paths } from '../fs/paths'
import { reasonOf } from '../fs/system-error'
import { toJson } from '../text/json'
import { utcStamp } from '../text/utc'
import { HeldMessage } from './held-message'
import { type KeptMessage, markerPath } from './outbox-entry'

/** A send that gave up. */
export interface FailedSend extends Omit<KeptMessage, 'isSigned'> {
  /** The path from the command line; undefined for a message that was in no file. */
  readonly messagePath: string | undefined
  readonly error: string
}

/** The places that record a failed send. */
export interface Recorded {
  readonly marker: string
  /** The path of the kept message, or the reason why it is not kept: then only the user's own file has it. */
  readonly kept: string | { readonly problem: string }
}

/** Puts a message in the outbox before the first try to send it (contract B53). Throws the system's error. */
export function holdMessage(sending: Omit<FailedSend, 'error'>, paths: Paths, now: number): HeldMessage {
  return new HeldMessage(sending, freeIds(sending, paths, now), paths)
}

/**
 * Keeps the message in the outbox, which may already hold it as `held`. Records the failure beside the scripts' markers
 * (contracts A5, C2). Both share one name, so each leads to the other. The message is written first: no marker refers
 * to a missing message. If the message has a file, the marker is written even if keeping it fails. `now` is in
 * milliseconds since the epoch. Throws the system's error.
 */
export async function recordFailedSend(
  failed: FailedSend,
  held: HeldMessage | undefined,
  paths: Paths,
  now: number,
): Promise<Recorded> {
  makeFolder(paths.failedSends)
  const entry = held ?? hold(failed, paths, now)
  const isHeld = 'place' in entry
  const problem = isHeld ? await entry.flushed : entry.problem
  if (problem !== undefined && failed.messagePath === undefined) throw new Error(problem)
  if (isHeld) entry.note(failed)
  for (const id of freeIds(failed, paths, now)) {
    if (isHeld && !entry.place(id)) continue
    const marker = markerPath(id, paths)
    const messagePath = failed.messagePath ?? (isHeld ? entry.path : undefined)
    if (!writeMarker(marker, { ...failed, messagePath }, paths, now)) continue
    if (isHeld) entry.release()
    return { marker, kept: isHeld && problem === undefined ? entry.path : { problem: problem ?? '' } }
  }
  throw new Error('no name is free')
}

function hold(failed: FailedSend, paths: Paths, now: number): HeldMessage | { readonly problem: string } {
  try {
    return holdMessage(failed, paths, now)
  } catch (error) {
    if (failed.messagePath === undefined) throw error
    return { problem: reasonOf(error) }
  }
}

/** Names for entry and marker that no marker has yet. */
function* freeIds(sending: Omit<FailedSend, 'error'>, paths: Paths, now: number): Generator<string> {
  const name = markerName(sending)
  for (let seconds = 0; ; seconds++) {
    const id = `${utcStamp(now + seconds * 1000)}-${name}`
    if (!isTaken(markerPath(id, paths))) yield id
  }
}

function markerName({ destination, messagePath, name }: Omit<FailedSend, 'error'>): string {
  const text = `${destination.replaceAll('.', '-')}-${fileName(messagePath ?? name)}`
  return text.replace(/[^A-Za-z0-9._-]/gu, '_').slice(0, 200)
}

/** False if a script has left a marker of that name: nothing is overwritten. */
function writeMarker(marker: string, failed: FailedSend, { failedSends }: Paths, now: number): boolean {
  const record = {
    timestamp: utcStamp(now),
    destination: failed.destination,
    message_path: failed.messagePath ?? '',
    error: failed.error,
    retry_log: failed.tries.map(({ time, error }) => ({ time, error })),
  }
  return withTemp(failedSends, Buffer.from(toJson(record)), 0o666, (temp) => {
    if (!placeNew(temp, marker)) return false
    syncFolder(failedSends)
    return true
  })
}
