import type { Context } from '../command/context'
import { isFile } from '../fs/files'
import { isLink, realPath } from '../fs/folder'
import { absolutePath, folderOf, joinPath, pathParts } from '../fs/paths'
import { parseAddress } from '../message/address'
import { DONE_FOLDER, inboxOf } from '../message/done-name'
import { messageMissing, notFinished } from '../message/failures'
import { repr } from '../text/python-text'
import { USUAL_INBOX } from './layout'
import { Ownership } from './ownership'
import { eachOnce } from './project'
import { type Inbox, Projects } from './projects'

/** What a message says about its route. */
interface Route {
  readonly to: string
  readonly from: string | undefined
}

/**
 * Why a message is not for the inbox that holds it, naming its recipient; undefined if it is for that inbox, or is not
 * in an inbox (contract C11, B50). TO uses the sender's name for the machine, which may be unknown here. A TO of
 * another form counts only with a FROM: the scripts know neither (B67).
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
  const ownership = new Ownership(await Projects.read(context))
  if (ownership.owns({ folder: inbox, project })) return undefined
  const known = ownership.ownersOf(inbox)
  const owners = known.length > 0 ? known : holderOf(inbox)
  if (owners.length === 0 || owners.includes(project)) return undefined
  return `the message is for ${to}, not for ${owners[0]}, in whose inbox it lies`
}

/** For an inbox of no known project: the project whose folder holds `inbox/from-agents`. */
function holderOf(inbox: string): string[] {
  const holder = inbox.endsWith(USUAL_INBOX) ? pathParts(inbox).at(-3) : undefined
  return holder === undefined ? [] : [holder]
}

/**
 * Throws Failure unless a message may be moved within its inbox. It must be directly in an inbox of this machine or in
 * its `done/`, and the path must not use a link in another project (contract B50, B71). `path` is absolute.
 */
export async function requireOwnInbox(path: string, context: Context): Promise<void> {
  const found = await hindrance(path, context)
  if (found === undefined) return
  if (isFile(path)) throw notFinished({ path, ...found })
  throw messageMissing({ path, hint: found.reason })
}

/**
 * All inboxes of the projects that own the inbox of a message, which is the first; or why nobody may take the message
 * (contract C21, B50). `path` is absolute.
 */
export async function inboxesBeside(
  path: string,
  context: Context,
): Promise<{ readonly inboxes: readonly Inbox[] } | { readonly reason: string; readonly hint: string }> {
  const found = await hindrance(path, context)
  if (found !== undefined) return found
  const folder = inboxOf(path)
  const ownership = new Ownership(await Projects.read(context))
  const owners = ownership.ownersOf(folder)
  const inboxes = owners.flatMap((project) => ownership.inboxes(project))
  return { inboxes: eachOnce([{ folder, project: owners[0] ?? '' }, ...inboxes]) }
}

async function hindrance(
  path: string,
  context: Context,
): Promise<{ readonly reason: string; readonly hint: string } | undefined> {
  const inbox = inboxOf(path)
  if (isLink(`${inbox}/${DONE_FOLDER}`)) {
    return {
      reason: `${inbox}/${DONE_FOLDER} is a link, not a folder`,
      hint: 'remove that link and run --done again: nothing was moved',
    }
  }
  const real = realPath(inbox)
  // The path has no link and ends in the usual name: it is an inbox, owned by its project.
  if (real === inbox && real.endsWith(USUAL_INBOX)) return undefined
  const ownership = new Ownership(await Projects.read(context))
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
    hint: `leave it to ${owners[0] ?? 'that project'}; find the link with: cross-agent-status --doctor`,
  }
}

/** The project, not an owner, that holds a link in the path to a folder. */
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
