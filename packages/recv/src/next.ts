import type { Brake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { isFile } from '@cac/core/fs/files'
import { listNamesIfThere } from '@cac/core/fs/folder'
import { joinPath } from '@cac/core/fs/paths'
import type { Chosen, Scrutiny } from '@cac/core/mailbox/decide'
import { type Judge, makeJudge } from '@cac/core/mailbox/judge'
import { nextMessage } from '@cac/core/mailbox/next-message'
import { findProject } from '@cac/core/project/here'
import type { Options } from './options'

/** The first message that waits. Throws Failure where none does and under HALT, and the system's error where that cannot be told. */
export async function nextOne(
  { project }: Options,
  scrutiny: Scrutiny,
  context: Context,
  brake: Brake,
): Promise<Chosen> {
  const { name, inboxes } = await findProject(project, context)
  // What recv is told not to look at does not keep a release from counting either.
  const judge = makeJudge(context, brake, { scrutiny })
  for (const { folder } of inboxes) {
    const chosen = await nextIn(folder, judge)
    if (chosen !== undefined) return chosen
  }
  throw new Failure('nothing-waits', { message: `nothing waits in ${name}` })
}

async function nextIn(inbox: string, judge: Judge): Promise<Chosen | undefined> {
  for (;;) {
    const neighbours = listNamesIfThere(inbox)
    const name = await nextMessage(inbox, judge, neighbours)
    if (name === undefined) return undefined
    const path = joinPath(inbox, name)
    // Others may finish it just now: then the next one is the first.
    if (isFile(path)) return { path, neighbours }
  }
}
