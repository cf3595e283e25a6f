import { statSync } from 'node:fs'
import type { Context } from '@cac/core/command/context'
import { listNames } from '@cac/core/fs/folder'
import { hasCode, reasonOf } from '@cac/core/fs/system-error'
import { sortText } from '@cac/core/text/python-text'
import { toPath } from '@cac/core/text/raw-name'

/** The projects in a folder that have a `.ai` folder, sorted; hidden ones too. Warns of what it cannot look into. */
export function localProjects(root: string, err: Context['err']): string[] {
  const look = <Found>(path: string, how: (path: string) => Found): Found | undefined => {
    try {
      return how(path)
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) {
        err(`warning: cannot look into ${path}: ${reasonOf(error)}`)
      }
      return undefined
    }
  }
  const names = look(root, listNames) ?? []
  return sortText(
    names.filter((name) => look(`${root}/${name}/.ai`, (path) => statSync(toPath(path)).isDirectory())),
  )
}
