import type { Context } from '../command/context'
import { realPath } from '../fs/folder'
import { absolutePath, folderOf, joinPath, pathParts } from '../fs/paths'
import { parseAddress } from '../message/address'
import { inboxOf } from '../message/done-name'
import { repr } from '../text/python-text'
import { localLayout } from './local-inboxes'
import { USUAL_INBOX } from './local-projects'
import { Ownership } from './ownership'

/** What a message says of its way. */
interface Route {
  readonly to: string
  readonly from: string | undefined
}

/**
 * Why a message is not for the inbox that it lies in, saying for whom it is; undefined where it is for that inbox, or
 * lies in none (contract C11, B50). The machine in TO is the sender's name for it, which need not be known here. A TO of
 * another form means something only beside a FROM: the scripts know neither (B67).
 */
export async function strayReason(
  path: string,
  { to, from }: Route,
  context: Context,
): Promise<string | undefined> {
  const project = parseAddress(to)?.project
  if (project === undefined) {
    const isOurs = from !== undefined && parseAddress(from) !== undefined
    return isOurs ? `TO must be <machine>.<project>; got ${repr(to)}` : undefined
  }
  const folder = realPath(folderOf(absolutePath(path, context.cwd())))
  const inbox = inboxOf(joinPath(folder, 'message'))
  const ownership = new Ownership(await localLayout(context))
  if (ownership.owns({ folder: inbox, project })) return undefined
  const known = ownership.ownersOf(inbox)
  const owners = known.length > 0 ? known : holderOf(inbox)
  if (owners.length === 0 || owners.includes(project)) return undefined
  return `the message is for ${to}, not for ${owners[0]}, in whose inbox it lies`
}

/** Of an inbox that no project here has: the project whose folder holds `inbox/from-agents`. */
function holderOf(inbox: string): string[] {
  const holder = inbox.endsWith(USUAL_INBOX) ? pathParts(inbox).at(-3) : undefined
  return holder === undefined ? [] : [holder]
}
