import type { Context } from '@cac/core/command/context'
import { listNamesIfReadable } from '@cac/core/fs/folder'
import { bringBack } from '@cac/core/mailbox/put-back'
import { haveTakes } from '@cac/core/mailbox/take-name'
import { inboxOf, movedFolderOf } from '@cac/core/message/done-name'
import { requireOwnInbox } from '@cac/core/project/recipient'

/**
 * Brings a message back from `aside/` (contract C22), or gives it back where this session took it (C21). Returns its
 * path in the inbox. Throws Failure. `path` is absolute.
 */
export async function putBack(path: string, context: Context): Promise<string> {
  const mayBeTaken = movedFolderOf(path) === undefined && haveTakes(listNamesIfReadable(inboxOf(path)))
  if (mayBeTaken && (await import('@cac/core/mailbox/end-take')).isTakenHere(path, context))
    return giveBack(path, context)
  await requireOwnInbox(path, 'put-back', context)
  return bringBack(path) ?? giveBack(path, context)
}

/** Throws Failure if this session has not taken it. */
async function giveBack(path: string, context: Context): Promise<string> {
  const { giveBackTake } = await import('@cac/core/mailbox/end-take')
  giveBackTake(path, context)
  return path
}
