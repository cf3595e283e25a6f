import type { Context } from '../command/context'
import { realPath } from '../fs/folder'
import { fileName } from '../fs/paths'
import { CONTROL_CHARACTER } from '../text/terminal'
import type { LocalLayout } from './local-inboxes'
import { projectAt } from './project-at'

/** Who sends: the name that goes into the file name, and the project of that name if we stand in one. */
export interface Sender {
  readonly name: string
  readonly project: string | undefined
}

/**
 * The project that the working folder lies in, by the name that all commands have for it (contract B57), else that
 * folder's own name, else (where that is no usable name) this machine's (contract B8, C16).
 */
export function findSender(context: Context, layout: LocalLayout): Sender {
  const cwd = context.cwd()
  const project = projectAt({ cwd, pwd: context.env.PWD }, layout)
  if (project !== undefined && isUsable(project)) return { name: project, project }
  const isRoot = layout.roots.some((root) => realPath(root) === cwd)
  const name = cwd === undefined || isRoot ? '' : fileName(cwd)
  return { name: isUsable(name) ? name : context.machine, project: undefined }
}

function isUsable(name: string): boolean {
  return name !== '' && !CONTROL_CHARACTER.test(name)
}
