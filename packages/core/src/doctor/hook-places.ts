import { existsSync } from 'node:fs'
import type { Agent } from '../agents/agent'
import { AGENTS } from '../agents/agents'
import { recordedFiles } from '../agents/hook-record'
import { ownFiles } from '../agents/own-texts'
import type { Context } from '../command/context'
import { realPath } from '../fs/folder'
import { folderOf } from '../fs/paths'
import type { Projects } from '../project/projects'
import { toPath } from '../text/raw-name'

/** A folder whose settings an agent may read. */
export interface HookPlace {
  readonly agent: Agent
  readonly folder: string
}

/**
 * Where hooks may be: in the home, for all projects; in the folders from the working folder up to its project, as
 * agents read them; and wherever they were installed once.
 */
export function hookPlaces(context: Context, { roots }: Projects): HookPlace[] {
  const folders = [context.home, ...foldersAbove(context, roots)]
  const recorded = recordedFiles(context.paths)
  return Object.values(AGENTS).flatMap((agent) => {
    const suffixes = [...(agent.settings === undefined ? [] : [agent.settings.file]), ...ownFiles(agent)]
    const installed = recorded.flatMap((file) => {
      const suffix = suffixes.find((one) => file.endsWith(`/${one}`))
      return suffix === undefined ? [] : [file.slice(0, -suffix.length - 1) || '/']
    })
    return eachOnce([...folders, ...installed.sort()]).map((folder) => ({ agent, folder }))
  })
}

/** Folders that are the same are so by their real paths. */
function eachOnce(folders: readonly string[]): string[] {
  const seen = new Map<string, string>()
  for (const folder of folders) if (!seen.has(realPath(folder))) seen.set(realPath(folder), folder)
  return [...seen.values()]
}

/** From the working folder up to a repository's or a project's; of another one only itself: above it are strangers. */
function foldersAbove({ cwd, home }: Context, roots: readonly string[]): string[] {
  const start = cwd()
  if (start === undefined) return []
  const ends = new Set([home, ...roots].map(realPath))
  const folders: string[] = []
  for (let folder = start; !ends.has(folder); folder = folderOf(folder)) {
    if (folder === '/') return [start]
    folders.push(folder)
    if (existsSync(toPath(`${folder}/.git`))) break
  }
  return folders
}
