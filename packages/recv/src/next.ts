import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { isFile } from '@cac/core/fs/files'
import { listNamesIfThere } from '@cac/core/fs/folder'
import { joinPath } from '@cac/core/fs/paths'
import type { Chosen } from '@cac/core/inbox/decide'
import { findProject } from '@cac/core/inbox/here'
import { nextMessage } from '@cac/core/inbox/next-message'
import type { Options } from './options'

/** The first message that waits. Throws Failure where none does, and the system's error where that cannot be told. */
export async function nextOne({ project }: Options, context: Context): Promise<Chosen> {
  const { name, inboxes } = await findProject(project, context)
  for (const { folder } of inboxes) {
    const chosen = nextIn(folder)
    if (chosen !== undefined) return chosen
  }
  throw new Failure('nothing-waits', { project: name })
}

function nextIn(inbox: string): Chosen | undefined {
  for (;;) {
    const neighbours = listNamesIfThere(inbox)
    const name = nextMessage(inbox, neighbours)
    if (name === undefined) return undefined
    const path = joinPath(inbox, name)
    // Others may finish it just now: then the next one is the first.
    if (isFile(path)) return { path, neighbours }
  }
}
