import { statSync } from 'node:fs'
import type { Context } from '@cac/core/command/context'
import { listNames } from '@cac/core/fs/folder'
import { hasCode, reasonOf } from '@cac/core/fs/system-error'
import { sortText } from '@cac/core/text/python-text'
import { toPath } from '@cac/core/text/raw-name'

/** The folders in ~/projects that have a `.ai` folder, sorted; hidden ones too. Warns of what it cannot look into. */
export function localProjects(context: Context): string[] {
  const { projects } = context.paths
  const look = <Found>(path: string, how: (path: string) => Found): Found | undefined => {
    try {
      return how(path)
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) {
        context.err(`warning: cannot look into ${path}: ${reasonOf(error)}`)
      }
      return undefined
    }
  }
  const names = look(projects, listNames) ?? []
  return sortText(
    names.filter((name) => look(`${projects}/${name}/.ai`, (path) => statSync(toPath(path)).isDirectory())),
  )
}
