import { link, makeFolder, remove, syncFolder, writeTemp } from '../fs/durable'
import { fileName, type Paths } from '../fs/paths'
import { toJson } from '../text/json'
import { utcStamp } from '../text/utc'
import type { FailedTry } from './retry'

/** A send that was given up. */
export interface FailedSend {
  readonly destination: string
  /** As it was given on the command line; of a message that was no file, where it is kept. */
  readonly messagePath: string
  readonly error: string
  readonly tries: readonly FailedTry[]
}

/**
 * Keeps a message that is in no file beside the markers and returns its path, on disk. `name` is its canonical name
 * some seconds after now: no other is overwritten.
 */
export function keepMessage(
  bytes: Uint8Array,
  name: (clashes: number) => string,
  { failedSends: folder }: Paths,
): string {
  makeFolder(folder)
  const temp = writeTemp(folder, bytes)
  try {
    for (let clashes = 0; ; clashes++) {
      const kept = `${folder}/${name(clashes)}`
      if (link(temp, kept) === 'taken') continue
      syncFolder(folder)
      return kept
    }
  } finally {
    remove(temp)
  }
}

/** Records a failed send below the state folder and returns the path of its marker (contract A5). */
export function writeFailedSend(failed: FailedSend, { failedSends: folder }: Paths, now: number): string {
  makeFolder(folder)
  const name = `${failed.destination.replaceAll('.', '-')}-${fileName(failed.messagePath)}`
  const safeName = name.replace(/[^A-Za-z0-9._-]/gu, '_').slice(0, 200)
  const record = {
    timestamp: utcStamp(now),
    destination: failed.destination,
    message_path: failed.messagePath,
    error: failed.error,
    retry_log: failed.tries.map(({ time, error }) => ({ time, error })),
  }
  const temp = writeTemp(folder, Buffer.from(toJson(record)), 0o666)
  try {
    for (let seconds = 0; ; seconds++) {
      const marker = `${folder}/${utcStamp(now + seconds * 1000)}-${safeName}.json`
      if (link(temp, marker) === 'taken') continue
      syncFolder(folder)
      return marker
    }
  } finally {
    remove(temp)
  }
}
