import type { Context } from '@cac/core/command/context'
import { listNamesIfReadable } from '@cac/core/fs/folder'
import { bringBack } from '@cac/core/mailbox/put-back'
import { haveTakes } from '@cac/core/mailbox/take-name'
import { inboxOf, movedFolderOf } from '@cac/core/message/done-name'
import { requireOwnInbox } from '@cac/core/project/recipient'

/**
 * Brings a message back from `aside/` (contract C22), or gives it back where this session took it (C21). Returns its
 * path in the inbox. Throws Failure, also if it is neither aside nor taken. `path` is absolute.
 */
export async function putBack(path: string, context: Context): Promise<string> {
  const mayBeTaken = movedFolderOf(path) === undefined && haveTakes(listNamesIfReadable(inboxOf(path)))
  if (mayBeTaken && (await import('@cac/core/mailbox/end-take')).giveBackTake(path, context)) return path
  await requireOwnInbox(path, 'put-back', context)
  const back = bringBack(path)
  if (back !== undefined) return back
  throw (await import('@cac/core/mailbox/take-failures')).notPutBack(path)
}
