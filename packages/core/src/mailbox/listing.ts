import { isLink, listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { MOVED_FOLDERS, type MovedFolder } from '../message/done-name'

/** The place of a message in an inbox. */
export type Place = 'inbox' | MovedFolder

/** A message folder and all the names in it. No file has been read. */
export interface Listing {
  readonly place: Place
  readonly folder: string
  readonly names: readonly string[]
}

/** Lists the names in a folder. It decides what to do if the folder cannot be read. */
export type Lister = (folder: string) => readonly string[]

/**
 * An inbox, then its `done/` and `aside/`, each listed only when requested. A caller that first reads the inbox's files
 * then finds messages moved meanwhile. A folder that cannot be read counts as empty.
 */
export function* listInbox(inbox: string, list: Lister = listNamesIfReadable): Generator<Listing> {
  yield { place: 'inbox', folder: inbox, names: list(inbox) }
  for (const place of MOVED_FOLDERS)
    yield { place, folder: joinPath(inbox, place), names: namesIn(inbox, place) }
}

/**
 * The folder of that name within an inbox, existing or not. Undefined if it is a link: a repository could use one to
 * have messages deleted, or to count another project's messages here (contract B50).
 */
export function folderWithin(inbox: string, name: string): string | undefined {
  const folder = joinPath(inbox, name)
  return isLink(folder) ? undefined : folder
}

/** The names in an inbox's `done/` or `aside/`; none if that is a link or cannot be read. */
export function namesIn(inbox: string, place: MovedFolder): string[] {
  const folder = folderWithin(inbox, place)
  return folder === undefined ? [] : listNamesIfReadable(folder)
}
