import { NO_BRAKE } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { makeJudge } from '@cac/core/mailbox/judge'
import {
  concerns,
  forksIn,
  gapsIn,
  nearestConversations,
  readThread,
  type ThreadMessage,
} from '@cac/core/mailbox/thread'
import { eachOnce, findProject, ownInboxes } from '@cac/core/project/project'
import type { Options } from './options'
import { renderThread, type Thread, threadJson } from './render-thread'

/**
 * Shows a conversation in both directions, with the messages that are on this machine. It uses every inbox, or only the
 * mail to and from one project (contract C7). Throws Failure if there is no message.
 */
export async function thread(
  conversation: string,
  { here, project, json }: Options,
  context: Context,
): Promise<number> {
  const wanted = here || project !== undefined ? (await findProject(project, context)).name : undefined
  const own = await ownInboxes(context)
  const inboxes = wanted === undefined ? eachOnce(own) : own
  const all = await readThread(conversation, inboxes, makeJudge(context, NO_BRAKE))
  const messages = wanted === undefined ? all : all.filter((message) => concerns(message, wanted))
  if (messages.length === 0) {
    const nearest = await nearestConversations(conversation, inboxes)
    const where = wanted === undefined ? 'on this machine' : `to or from ${wanted}`
    throw new Failure('conversation-unknown', {
      message: `no message of that conversation ${where}: ${conversation}`,
      hint:
        nearest.length > 0
          ? `the nearest: ${nearest.join(', ')}`
          : 'list the waiting messages with: cross-agent-status --messages',
    })
  }
  const { isRefused, verifyThread } = await import('@cac/core/mailbox/thread-signatures')
  const signatures = new Map((await verifyThread(all, context)).map((found, index) => [all[index], found]))
  // An unsigned message must not hide a gap or make a fork (contract B65).
  const counts = (message: ThreadMessage) => !isRefused(signatures.get(message))
  const found: Thread = {
    conversation,
    messages,
    signatures: messages.map((message) => signatures.get(message) ?? { notChecked: true }),
    // Messages of the other projects on this machine also fill gaps.
    gaps: gapsIn(all.filter(counts)),
    forks: forksIn(messages.filter(counts)),
  }
  context.out(json ? threadJson(found) : renderThread(found))
  return 0
}
