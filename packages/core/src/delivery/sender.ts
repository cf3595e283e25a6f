import { realpathSync } from 'node:fs'
import type { Context } from '../command/context'
import { fileName } from '../fs/paths'
import { CONTROL_CHARACTER } from '../text/terminal'

/** Who sends: the name that goes into the file name, and the project of that name if we stand in one. */
export interface Sender {
  readonly name: string
  readonly project: string | undefined
}

/**
 * The project below one of the roots that the working folder lies in, else that folder's own name, else (where
 * that is no usable name) this machine's (contract B8, C16).
 */
export function findSender(context: Context, roots: readonly string[]): Sender {
  const cwd = context.cwd()
  // Roots may lie in each other: the innermost names the project.
  const insides = roots.flatMap((root) => (cwd === undefined ? [] : (below(realPath(root), cwd) ?? [])))
  const [inside] = insides.sort((a, b) => a.length - b.length)
  const project = inside?.split('/')[0]
  if (project !== undefined && isUsable(project)) return { name: project, project }
  const name = cwd === undefined || inside === '' ? '' : fileName(cwd)
  return { name: isUsable(name) ? name : context.machine, project: undefined }
}

function isUsable(name: string): boolean {
  return name !== '' && !CONTROL_CHARACTER.test(name)
}

/** `path` relative to `folder`; undefined unless it lies below or is it. */
function below(folder: string, path: string): string | undefined {
  if (path === folder) return ''
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined
}

/** The path without symbolic links; as it is where that cannot be told. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
