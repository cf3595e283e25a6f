import type { Context } from '../command/context'
import { realPath } from '../fs/folder'
import { absolutePath, joinPath, pathParts } from '../fs/paths'
import { projectInAddress } from '../message/address'
import { repr } from '../text/python-text'
import { inboxOf } from './done-name'
import { placedInboxes } from './local-inboxes'

/**
 * Why a message is not for the inbox that it lies in, saying for whom it is; undefined where it is for that inbox, or
 * lies in none (contract C11). The machine in TO is the sender's name for it, which need not be known here.
 */
export async function strayReason(path: string, to: string, context: Context): Promise<string | undefined> {
  const project = projectInAddress(to)
  if (project === undefined) return `TO must be <machine>.<project>; got ${repr(to)}`
  const inbox = realPath(inboxOf(absolutePath(path, context.cwd())))
  const usual = joinPath(context.paths.projects, `${project}/inbox/from-agents`)
  if (realPath(usual) === inbox) return undefined
  const owners = [...(await placedIn(inbox, context)), ...projectsByPath(inbox, context)]
  if (owners.length === 0 || owners.includes(project)) return undefined
  return `the message is for ${to}, not for ${owners[0]}, in whose inbox it lies`
}

async function placedIn(inbox: string, context: Context): Promise<string[]> {
  const placed = await placedInboxes(context)
  return placed.filter(({ folder }) => realPath(folder) === inbox).map(({ project }) => project)
}

/** The project below ~/projects, and the one whose folder holds `inbox/from-agents`. */
function projectsByPath(inbox: string, { paths }: Context): string[] {
  const root = realPath(paths.projects)
  const below = inbox.startsWith(`${root}/`) ? pathParts(inbox.slice(root.length))[0] : undefined
  const holder = inbox.endsWith('/inbox/from-agents') ? pathParts(inbox).at(-3) : undefined
  return [below, holder].filter((name) => name !== undefined)
}
