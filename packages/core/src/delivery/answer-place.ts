import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { makeFolder } from '../fs/durable'
import { reasonOf } from '../fs/system-error'
import { findProject, type Project } from '../project/project'
import type { Route } from './destination'

declare module '../command/failure' {
  interface FailureKinds {
    /** No answer can come to the sender. */
    'nowhere-to-wait': true
    /** Another session has the conversation, so the answer would be for that one. */
    'conversation-held': true
  }
}

/** The project of the working folder, with an inbox for the answer (contract C28). Throws Failure. */
export async function placeOfAnswer({ sender, places }: Route, context: Context): Promise<Project> {
  if (sender.project !== undefined) {
    const project = await findProject(undefined, context)
    if (project.inboxes.length > 0) return project
    // Nothing has come to it yet.
    const inbox = places.projects.inbox(sender.project)
    withReason(inbox, () => makeFolder(inbox))
    const again = await findProject(undefined, context)
    if (again.inboxes.length > 0) return again
  }
  const [lacks, remedy] =
    sender.project === undefined
      ? ['the working folder is in no project of this machine', 'change into your project']
      : [`${sender.project} has no inbox of its own`, 'see why with cross-agent-status --doctor']
  throw new Failure('nowhere-to-wait', {
    message: `not sent: no answer can come: ${lacks}`,
    hint: `${remedy}, or send it without --wait`,
  })
}

/** Runs what needs that inbox. Throws Failure: the message must not be sent. */
export function withReason<Result>(inbox: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    const message = `not sent: cannot wait for the answer: ${inbox}: ${reasonOf(error)}`
    throw new Failure('nowhere-to-wait', { message, hint: 'make it writable, or send without --wait' }, error)
  }
}
