import { isLink, listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { DONE_FOLDER } from '../message/done-name'

/** Where in an inbox a message lies. What was put `aside` (contract C22) is listed by nobody yet. */
export type Place = 'inbox' | 'done' | 'aside'

/** A folder of messages, and all the names in it: no file has been read. */
export interface Listing {
  readonly place: Place
  readonly folder: string
  readonly names: readonly string[]
}

/** Lists the names in a folder. What to do where that cannot be read is its own choice. */
export type Lister = (folder: string) => readonly string[]

/**
 * An inbox, then its `done/`, which is listed when it is asked for: who reads the files of the one before that meets
 * what is moved meanwhile in the other. A folder that cannot be read holds nothing.
 */
export function* listInbox(inbox: string, list: Lister = listNamesIfReadable): Generator<Listing> {
  yield { place: 'inbox', folder: inbox, names: list(inbox) }
  yield { place: 'done', folder: joinPath(inbox, DONE_FOLDER), names: namesInDone(inbox) }
}

/**
 * The folder of that name within an inbox, there or not. Undefined where it is a link: by one a repository could have
 * messages deleted, or let those of another project count here (contract B50).
 */
export function folderWithin(inbox: string, name: string): string | undefined {
  const folder = joinPath(inbox, name)
  return isLink(folder) ? undefined : folder
}

/** The names in the `done/` of an inbox; none where that is a link or cannot be read. */
export function namesInDone(inbox: string): string[] {
  const folder = folderWithin(inbox, DONE_FOLDER)
  return folder === undefined ? [] : listNamesIfReadable(folder)
}
