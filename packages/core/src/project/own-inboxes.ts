import type { Context } from '../command/context'
import { realPath } from '../fs/folder'
import { tidyPath } from '../fs/paths'
import { type Inbox, inboxesIn, type LocalLayout, localLayout } from './local-inboxes'
import { Ownership } from './ownership'

/**
 * The inboxes of this machine that belong to the projects under whose names they are found (contract B50): all that was
 * added looks at these. The scripts' own forms follow links instead. `levelsUp` as for `projectOf`.
 */
export async function ownInboxes(context: Context, levelsUp: number, err = context.err): Promise<Inbox[]> {
  return ownInboxesAt(await localLayout(context, err), context, levelsUp)
}

/** The same where the layout is known; only those of the project `wanted`, if one is named. */
export function ownInboxesAt(
  layout: LocalLayout,
  context: Context,
  levelsUp: number,
  wanted?: string,
): Inbox[] {
  const usual = layout.roots.flatMap((root) => inboxesIn(root, context, levelsUp))
  const isUsual = ({ folder, project }: Inbox) =>
    usual.some((inbox) => inbox.project === project && tidyPath(inbox.folder) === folder)
  // An inbox that is found below a root may be given to another project, too.
  const all = [...usual, ...layout.placed.filter((inbox) => !isUsual(inbox))]
  const ownership = new Ownership(layout)
  return all.filter((inbox) => (wanted === undefined || inbox.project === wanted) && ownership.owns(inbox))
}

/** Each inbox once, under the first name that was found: projects may share one. */
export function eachOnce(inboxes: readonly Inbox[]): Inbox[] {
  const seen = new Set<string>()
  return inboxes.filter(({ folder }) => {
    const real = realPath(folder)
    if (seen.has(real)) return false
    seen.add(real)
    return true
  })
}
