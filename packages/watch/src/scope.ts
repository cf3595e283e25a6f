import type { Context } from '@cac/core/command/context'
import { onlyNews } from '@cac/core/command/only-news'
import type { Judge } from '@cac/core/mailbox/judge'
import { Mailbox, type WaitingMessage } from '@cac/core/mailbox/mailbox'
import { eachOnce, findProject, ownInboxes } from '@cac/core/project/project'
import type { Inbox } from '@cac/core/project/projects'
import type { HandledMessages } from './handled-messages'
import type { Options } from './options'

/** The inboxes to search: all, those of a glob, or those of one project. */
export interface Scope {
  list(): Promise<readonly Inbox[]>
  /** The first message that waits and was not seen by an earlier call. The first call sees what waits already. */
  firstNew(inboxes: readonly Inbox[], judge: Judge): Promise<WaitingMessage | undefined>
}

/** Throws Failure if there is no such project. */
export async function makeScope(options: Options, context: Context): Promise<Scope> {
  return { list: await lister(options, context), firstNew: newcomers() }
}

async function lister(
  { here, project, 'projects-glob': glob }: Options,
  context: Context,
): Promise<Scope['list']> {
  if (glob !== undefined) {
    const { inboxesOf } = await import('@cac/core/project/glob')
    return () => inboxesOf(glob, context, 'watch')
  }
  const err = onlyNews(context.err)
  const all = () => ownInboxes(context, err)
  if (!here && project === undefined) return async () => eachOnce(await all())
  const { name } = await findProject(project, context)
  return async () => (await all()).filter((inbox) => inbox.project === name)
}

/** The first call loads the comparison of messages: only `--new` needs it. */
function newcomers(): Scope['firstNew'] {
  let seen: HandledMessages | undefined
  return async (inboxes, judge) => {
    const waiting = await new Mailbox(inboxes).waiting(judge)
    if (seen !== undefined) return waiting.find(({ path }) => seen?.has(path) === false)
    seen = new (await import('./handled-messages')).HandledMessages()
    for (const { path } of waiting) seen.add(path)
    return undefined
  }
}
