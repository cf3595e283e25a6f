import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { findProject } from '@cac/core/inbox/here'
import { eachOnce, ownInboxes } from '@cac/core/inbox/own-inboxes'
import { concerns, readThread } from '@cac/core/inbox/thread'
import { forksIn, gapsIn } from '@cac/core/inbox/thread-sequence'
import type { Options } from './options'
import { renderThread, type Thread, threadJson } from './render-thread'

/** Which folder above an inbox of unusual place names its project: the choice of status. */
const LEVELS_UP = 3

/**
 * Shows a conversation in both directions, as far as its messages are on this machine: in every inbox, or only what
 * came to one project and from it (contract C7). Throws Failure where there is none.
 */
export async function thread(
  conversation: string,
  { here, project, json }: Options,
  context: Context,
): Promise<number> {
  const wanted = here || project !== undefined ? (await findProject(project, context)).name : undefined
  const own = await ownInboxes(context, LEVELS_UP)
  const inboxes = wanted === undefined ? eachOnce(own) : own
  const all = readThread(conversation, inboxes)
  const messages = wanted === undefined ? all : all.filter((message) => concerns(message, wanted))
  if (messages.length === 0) {
    const { nearestConversations } = await import('@cac/core/inbox/conversation-names')
    const nearest = nearestConversations(conversation, inboxes)
    throw new Failure('conversation-unknown', { conversation, project: wanted, nearest })
  }
  const { verifyThread } = await import('@cac/core/inbox/thread-signatures')
  const found: Thread = {
    conversation,
    messages,
    signatures: await verifyThread(messages, context),
    // What the others of a conversation have is here, too.
    gaps: gapsIn(all),
    forks: forksIn(messages),
  }
  context.out(json ? threadJson(found) : renderThread(found))
  return 0
}
