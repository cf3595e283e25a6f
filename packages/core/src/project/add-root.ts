import { statSync } from 'node:fs'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { realPath } from '../fs/folder'
import { absolutePath, expandHome, givenPath, tidyPath } from '../fs/paths'
import { reasonOf } from '../fs/system-error'
import { changePeersFile } from '../peers/change-peers-file'
import { toPath } from '../text/raw-name'
import { pathWord } from '../text/shell'
import { CONTROL_CHARACTER } from '../text/terminal'
import { Projects } from './projects'
import { rootForm } from './root-form'

declare module '../command/failure' {
  interface FailureKinds {
    'root-unusable': true
  }
}

/** A folder that is a root of projects now. */
export interface AddedRoot {
  /** As peers.toml names it: `~/code`. */
  readonly root: string
  /** False if it was one before: then nothing is changed. */
  readonly isNew: boolean
  readonly projects: Projects
}

/**
 * Makes a folder a root of projects, in peers.toml (contract C34). The usual root stays one: it is written too if the
 * file names none. Throws Failure if there is no such folder, or if the file cannot be changed; then it stays as it is.
 */
export async function addRoot(given: string, context: Context): Promise<AddedRoot> {
  const { paths, home } = context
  const folder = usableFolder(given, context)
  const root = rootForm(folder, home)
  const isNew = await changePeersFile(paths, (file) => {
    const { roots } = new Projects(paths, file)
    if (roots.some((known) => realPath(known) === realPath(folder))) return []
    const items = file.roots() === undefined ? [rootForm(paths.projects, home), root] : [root]
    return [{ list: ['local', 'roots'], items }]
  })
  return { root, isNew, projects: await Projects.read(context) }
}

/** Its whole path. Links stay, because they may be meant to; only `..` may need the real path. */
function usableFolder(given: string, { home, cwd }: Context): string {
  const path = tidyPath(absolutePath(expandHome(givenPath(given), home), cwd()))
  const problem = given === '' ? 'no folder is given' : problemOf(path)
  if (problem !== undefined) {
    const message = `cannot look for projects in ${pathWord(given)}: ${problem}`
    throw new Failure('root-unusable', {
      message,
      hint: 'name the folder that holds the folders of projects',
    })
  }
  return path.split('/').includes('..') ? realPath(path) : path
}

function problemOf(path: string): string | undefined {
  if (path === '/') return 'each folder of the system would be a project'
  if (!path.isWellFormed() || CONTROL_CHARACTER.test(path)) return 'peers.toml cannot hold that name'
  try {
    const found = statSync(toPath(path), { throwIfNoEntry: false })
    if (found === undefined) return 'there is no such folder'
    return found.isDirectory() ? undefined : 'it is not a folder'
  } catch (error) {
    return reasonOf(error)
  }
}
