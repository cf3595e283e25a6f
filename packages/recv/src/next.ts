import type { Brake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { isFile } from '@cac/core/fs/files'
import { listNamesIfThere } from '@cac/core/fs/folder'
import type { Chosen, Scrutiny } from '@cac/core/mailbox/decide'
import { makeJudge } from '@cac/core/mailbox/judge'
import { Mailbox } from '@cac/core/mailbox/mailbox'
import { findProject } from '@cac/core/project/project'
import type { Options } from './options'

/** The first message that waits. Throws Failure if none waits or under HALT; the system's error if it cannot tell. */
export async function nextOne(
  { project }: Options,
  scrutiny: Scrutiny,
  context: Context,
  brake: Brake,
): Promise<Chosen> {
  const { name, inboxes } = await findProject(project, context)
  // A check that recv is told to skip must not stop a release from counting either.
  const judge = makeJudge(context, brake, { scrutiny })
  for (;;) {
    const mailbox = new Mailbox(inboxes, listNamesIfThere)
    const first = await mailbox.first(judge)
    if (first === undefined) throw new Failure('nothing-waits', { message: `nothing waits in ${name}` })
    // Another reader may finish it meanwhile: then the next message is the first.
    if (isFile(first.path)) return { path: first.path, neighbours: mailbox.namesIn(first.folder) }
  }
}
