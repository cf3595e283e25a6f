import type { Context } from '../command/context'
import { isFile } from '../fs/files'
import { isLink, realPath } from '../fs/folder'
import { folderOf } from '../fs/paths'
import { DONE_FOLDER, inboxOf } from '../mailbox/done-name'
import { messageMissing, notFinished } from '../message/failures'
import { localLayout } from './local-inboxes'
import { USUAL_INBOX } from './local-projects'
import { Ownership } from './ownership'

/**
 * Throws Failure unless a message may be moved within its inbox: it must lie directly in an inbox of this machine or in
 * its `done/`, and no link in another project may have led there (contract B50, B71). `path` is absolute.
 */
export async function requireOwnInbox(path: string, context: Context): Promise<void> {
  const found = await hindrance(path, context)
  if (found === undefined) return
  if (isFile(path)) throw notFinished({ path, ...found })
  throw messageMissing({ path, hint: found.reason })
}

async function hindrance(
  path: string,
  context: Context,
): Promise<{ readonly reason: string; readonly hint: string } | undefined> {
  const inbox = inboxOf(path)
  if (isLink(`${inbox}/${DONE_FOLDER}`)) {
    return {
      reason: `${inbox}/${DONE_FOLDER} is a link, not a folder`,
      hint: 'remove that link and say --done again: nothing was moved',
    }
  }
  const real = realPath(inbox)
  // Without a link on the way, in a folder of this name: an inbox, and its own.
  if (real === inbox && real.endsWith(USUAL_INBOX)) return undefined
  const ownership = new Ownership(await localLayout(context))
  if (!ownership.isInbox(real)) {
    return {
      reason: 'it lies in no inbox of this machine',
      hint: 'name a message in the inbox of a project; peers.toml says where projects are: [local] roots',
    }
  }
  const owners = ownership.ownersOf(real)
  const stranger = projectThatLinks(inbox, owners, ownership)
  if (stranger === undefined) return undefined
  return {
    reason: `it lies in the inbox of ${owners[0] ?? 'another project'}, to which a link in ${stranger} leads`,
    hint: `leave it to ${owners[0] ?? 'that project'}; see where the link is with: cross-agent-status --doctor`,
  }
}

/** The project, none of the owners, in which a link on the way to a folder lies. */
function projectThatLinks(
  folder: string,
  owners: readonly string[],
  ownership: Ownership,
): string | undefined {
  for (let path = folder; path !== folderOf(path); path = folderOf(path)) {
    if (!isLink(path)) continue
    const holder = realPath(folderOf(path))
    if (ownership.isRoot(holder)) continue
    const holding = ownership.projectsHolding(holder)
    if (holding.length > 0 && !holding.some((name) => owners.includes(name))) return holding[0]
  }
  return undefined
}
