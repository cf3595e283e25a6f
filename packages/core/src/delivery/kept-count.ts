import { listNamesIfReadable } from '../fs/folder'
import type { Paths } from '../fs/paths'

/** How many messages are kept since they could not be sent, those that cannot be read too (contract C2). */
export function countKept({ outbox }: Paths): number {
  return listNamesIfReadable(outbox).filter(isEntryName).length
}

/** Hidden names are those of entries that are not finished. */
export function isEntryName(name: string): boolean {
  return !name.startsWith('.')
}
