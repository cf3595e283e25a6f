import { accessSync, constants, statSync } from 'node:fs'

/** The folders that are searched if PATH is not set. */
const USUAL_PATH = '/bin:/usr/bin'

/** Finds a program. A name with a slash is its own path. Otherwise the first folder of PATH that has it wins. */
export function findProgram(name: string, path: string | undefined): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined
  const folders = (path ?? USUAL_PATH).split(':')
  const files = path === '' ? [] : folders.map((folder) => (folder === '' ? name : `${folder}/${name}`))
  return files.find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return !statSync(path).isDirectory()
  } catch {
    return false
  }
}
