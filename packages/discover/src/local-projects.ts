import { readdirSync, statSync } from 'node:fs'
import type { Context } from '@cac/core/context'
import { hasCode, reasonOf } from '@cac/core/errors'
import { paths } from '@cac/core/paths'
import { compareText } from '@cac/core/python-text'

/** The folders in ~/projects that have a `.ai` folder, sorted; hidden ones too. Warns of what it cannot look into. */
export function localProjects(context: Context): string[] {
  const { projects } = paths(context.home)
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
  const names = look(projects, (folder) => readdirSync(folder)) ?? []
  return names
    .filter((name) => look(`${projects}/${name}/.ai`, (path) => statSync(path).isDirectory()))
    .sort(compareText)
}
