import { listNamesIfReadable } from '../fs/folder'
import { DONE_FOLDER } from '../message/done-name'
import { readFileHead } from '../message/message-head'
import { isMessageName } from '../message/message-name'
import type { Inbox } from '../project/local-inboxes'
import { nearestNames } from '../text/nearest'
import { toPath } from '../text/raw-name'
import { namesInDone } from './done-folder'

/** Messages whose heads are read for a suggestion. */
const MOST = 5000

/** The conversations in these inboxes, and in their `done/`, whose names are most like this one. */
export function nearestConversations(conversation: string, inboxes: readonly Inbox[]): string[] {
  const listings = inboxes.flatMap(({ folder }) => [
    { folder, names: listNamesIfReadable(folder) },
    { folder: `${folder}/${DONE_FOLDER}`, names: namesInDone(folder) },
  ])
  const paths = listings.flatMap(({ folder, names }) =>
    names.filter(isMessageName).map((name) => `${folder}/${name}`),
  )
  const known = new Set(paths.slice(0, MOST).flatMap((path) => conversationAt(path) ?? []))
  known.delete(conversation)
  return nearestNames(conversation, known)
}

function conversationAt(path: string): string | undefined {
  try {
    return readFileHead(toPath(path)).header?.get('CONVERSATION_ID')
  } catch {
    return undefined
  }
}
