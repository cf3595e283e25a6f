import { statSync } from 'node:fs'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { folderContains, realPath } from '../fs/folder'
import { absolutePath, folderOf } from '../fs/paths'
import type { Snapshot } from '../fs/snapshot'
import { projectAt } from '../project/project-at'
import type { Projects } from '../project/projects'
import { toPath } from '../text/raw-name'
import { pathWord } from '../text/shell'

declare module '../command/failure' {
  interface FailureKinds {
    /** The file of a text without a header lies neither in this project nor in the folder for temporary files. */
    'text-elsewhere': true
  }
}

/**
 * Throws Failure (exit 2) unless a file really lies in the project of the working folder, or in the folder for temporary
 * files (contract C9). An agent that may run send without a question must not be talked into sending a key: a file
 * with a text of its own is sent as it is, whereas a message had to be written for that. A linked worktree counts as
 * its project, as `projectAt` says (B78).
 */
export async function requireTextHere(file: Snapshot, projects: Projects, context: Context): Promise<void> {
  const cwd = context.cwd()
  const real = realPath(absolutePath(file.path, cwd))
  const here = projectAt({ cwd, pwd: undefined }, projects)
  const isHere = here !== undefined && projectAt({ cwd: folderOf(real), pwd: undefined }, projects) === here
  const isTemporary = folderContains(realPath(context.tempFolder), folderOf(real))
  if ((isHere || isTemporary) && isThatFile(real, file)) return
  const where = here === undefined ? 'the working folder is in no project' : `the project here is ${here}`
  const hint = `${where}; if this file may be sent, give it on standard input: - < ${pathWord(real)}`
  throw new Failure('text-elsewhere', {
    message: `a text without a header must lie in this project or in the folder for temporary files: ${pathWord(real)}`,
    hint: here === undefined ? [hint, ...(await rootHints(projects, context))] : hint,
  })
}

async function rootHints({ roots }: Projects, { cwd, home }: Context): Promise<string[]> {
  const { rootHint } = await import('../project/missing-root')
  return [rootHint({ folder: cwd(), roots, home }) ?? []].flat()
}

/** Whether that path still names the file that was read: a link may have changed meanwhile. */
function isThatFile(real: string, { stats }: Snapshot): boolean {
  const found = statSync(toPath(real), { bigint: true, throwIfNoEntry: false })
  return found?.dev === stats.dev && found.ino === stats.ino
}
