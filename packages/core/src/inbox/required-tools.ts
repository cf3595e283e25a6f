import { accessSync, constants, statSync } from 'node:fs'
import { trim } from '../text/python-text'

/** The tools of a comma-separated list that are no executables on PATH. */
export function missingTools(list: string, path: string | undefined): string[] {
  const tools = list.split(',').map(trim)
  return tools.filter((tool) => tool !== '' && !isOnPath(tool, path ?? '/bin:/usr/bin'))
}

function isOnPath(tool: string, path: string): boolean {
  if (tool.includes('/')) return isExecutable(tool)
  return (
    path !== '' && path.split(':').some((folder) => isExecutable(folder === '' ? tool : `${folder}/${tool}`))
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return !statSync(path).isDirectory()
  } catch {
    return false
  }
}
