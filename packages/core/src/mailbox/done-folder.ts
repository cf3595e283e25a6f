import { isLink, listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { DONE_FOLDER } from '../message/done-name'

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
