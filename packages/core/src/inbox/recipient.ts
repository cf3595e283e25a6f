import type { Context } from '../command/context'
import { realPath } from '../fs/folder'
import { absolutePath, joinPath, pathParts } from '../fs/paths'
import { projectInAddress } from '../message/address'
import { repr } from '../text/python-text'
import { inboxOf } from './done-name'
import { localLayout } from './local-inboxes'

/**
 * Why a message is not for the inbox that it lies in, saying for whom it is; undefined where it is for that inbox, or
 * lies in none (contract C11). The machine in TO is the sender's name for it, which need not be known here.
 */
export async function strayReason(path: string, to: string, context: Context): Promise<string | undefined> {
  const project = projectInAddress(to)
  if (project === undefined) return `TO must be <machine>.<project>; got ${repr(to)}`
  const inbox = realPath(inboxOf(absolutePath(path, context.cwd())))
  if (isInboxOf(project, context.paths.projects, inbox)) return undefined
  const { roots, placed } = await localLayout(context)
  if (roots.some((root) => isInboxOf(project, root, inbox))) return undefined
  const placedHere = placed.filter(({ folder }) => realPath(folder) === inbox)
  const owners = [...placedHere.map((found) => found.project), ...projectsByPath(inbox, roots)]
  if (owners.length === 0 || owners.includes(project)) return undefined
  return `the message is for ${to}, not for ${owners[0]}, in whose inbox it lies`
}

function isInboxOf(project: string, root: string, inbox: string): boolean {
  return realPath(joinPath(root, `${project}/inbox/from-agents`)) === inbox
}

/** The project below a folder of projects, and the one whose folder holds `inbox/from-agents`. */
function projectsByPath(inbox: string, roots: readonly string[]): string[] {
  const below = roots
    .map(realPath)
    .filter((root) => inbox.startsWith(`${root}/`))
    .map((root) => pathParts(inbox.slice(root.length))[0])
  const holder = inbox.endsWith('/inbox/from-agents') ? pathParts(inbox).at(-3) : undefined
  return [...below, holder].filter((name) => name !== undefined)
}
