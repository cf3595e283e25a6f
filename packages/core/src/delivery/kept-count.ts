import { listNamesIfReadable } from '../fs/folder'
import type { Paths } from '../fs/paths'
import { findRecord } from './outbox-hold'

/**
 * How many messages are kept since they could not be sent, those that cannot be read too (contract C2); not those that
 * a sender is about to send for the first time (contract B53). `now` in milliseconds.
 */
export function countKept({ outbox }: Paths, now: number): number {
  return listNamesIfReadable(outbox).filter(
    (name) => isEntryName(name) && !isBeingSent(`${outbox}/${name}`, now),
  ).length
}

/** Hidden names are those of entries that are not finished. */
export function isEntryName(name: string): boolean {
  return !name.startsWith('.')
}

function isBeingSent(folder: string, now: number): boolean {
  try {
    return findRecord(folder, now).heldFor === 'sending'
  } catch {
    return false
  }
}
