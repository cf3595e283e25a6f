import { statSync } from 'node:fs'
import type { Context } from '../command/context'
import { Failure, showFailure } from '../command/failure'
import { readRegularFile } from '../fs/files'
import { expandHome } from '../fs/home-path'
import { tidyPath } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import { readPeersFile } from '../peers/peers-file'
import { compareText } from '../text/python-text'
import { toPath } from '../text/raw-name'
import { matchingFolders, projectInboxes } from './inboxes'
import { projectOf } from './project'

/** An inbox on this machine and the project that it belongs to. */
export interface Inbox {
  readonly folder: string
  readonly project: string
}

/**
 * The inboxes of this machine: those of ~/projects, and those that peers.toml places elsewhere (contract B28).
 * `levelsUp` as for `projectOf`.
 */
export async function localInboxes(context: Context, levelsUp: number, err = context.err): Promise<Inbox[]> {
  const usual = projectInboxes(context.paths).map((folder) => ({
    folder,
    project: projectOf(folder, context.home, levelsUp),
  }))
  const placed = await placedInboxes(context, err)
  if (placed.length === 0) return usual
  const known = new Set(usual.map(({ folder }) => tidyPath(folder)))
  return [...usual, ...placed.filter(({ folder }) => !known.has(folder))]
}

/** The inboxes that a glob names; a leading `~` is the home, also where a shell was kept from it (contract B31). */
export async function inboxesOf(glob: string, context: Context, levelsUp: number): Promise<Inbox[]> {
  const folders = await matchingFolders(expandHome(glob, context.home))
  return folders.map((folder) => ({ folder, project: projectOf(folder, context.home, levelsUp) }))
}

/**
 * The inboxes that `[projects.<name>] inbox_path` of peers.toml places, as far as their folders are here, in the
 * order of the projects. A peers.toml that cannot be read is told to `err`: the others are still shown.
 */
export async function placedInboxes(context: Context, err = context.err): Promise<Inbox[]> {
  if (!mayPlaceInboxes(context.paths.peersFile)) return []
  try {
    const peers = await readPeersFile(context.paths)
    const placed = peers.placedProjects().flatMap((project) => {
      const folder = tidyPath(expandHome(peers.inboxPath(project) ?? '', context.home))
      return folder.startsWith('/') && isFolder(folder) ? [{ folder, project }] : []
    })
    return placed.sort((a, b) => compareText(a.project, b.project))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    showFailure(error, err)
    return []
  }
}

/** Most files of peers place no inbox: then the parser need not be loaded. Escapes may spell anything. */
function mayPlaceInboxes(peersFile: string): boolean {
  try {
    const bytes = readRegularFile(peersFile)
    return ['inbox_path', '\\u', '\\U'].some((text) => bytes.includes(text))
  } catch (error) {
    return !hasCode(error, 'ENOENT', 'ENOTDIR')
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(toPath(path)).isDirectory()
  } catch {
    return false
  }
}
