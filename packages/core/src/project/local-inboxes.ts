import type { Context } from '../command/context'
import { Failure, showFailure } from '../command/failure'
import { readRegularFile } from '../fs/files'
import { expandHome, pathParts, tidyPath } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import { readPeersFile } from '../peers/peers-file'
import { matchingFolders, projectInboxes } from './inboxes'
import { placedInboxes, projectRoots } from './local-projects'
import { projectOf } from './project'

/** An inbox on this machine and the project that it belongs to. */
export interface Inbox {
  readonly folder: string
  readonly project: string
}

/** Where the projects of this machine and their inboxes are (contract B28, C16). */
export interface LocalLayout {
  /** The folders of projects: absolute paths, at least one. */
  readonly roots: readonly string[]
  /** The inboxes that `[projects.<name>] inbox_path` places and that are there, in the order of the projects. */
  readonly placed: readonly Inbox[]
}

/**
 * The inboxes of this machine: those in the folders of projects, and those that peers.toml places elsewhere (contract
 * B28, C16). `levelsUp` as for `projectOf`.
 */
export async function localInboxes(context: Context, levelsUp: number, err = context.err): Promise<Inbox[]> {
  return inboxesAt(await localLayout(context, err), context, levelsUp)
}

/** The same where the layout is known. */
export function inboxesAt({ roots, placed }: LocalLayout, context: Context, levelsUp: number): Inbox[] {
  const usual = roots.flatMap((root) => inboxesIn(root, context, levelsUp))
  if (placed.length === 0) return usual
  const known = new Set(usual.map(({ folder }) => tidyPath(folder)))
  return [...usual, ...placed.filter(({ folder }) => !known.has(folder))]
}

/** The inboxes in a folder of projects, links or not. */
export function inboxesIn(root: string, { home, paths }: Context, levelsUp: number): Inbox[] {
  return projectInboxes(root).map((folder) => ({
    folder,
    project: root === paths.projects ? projectOf(folder, home, levelsUp) : projectIn(root, folder),
  }))
}

/** A root may lie in a project of another root: the name is that of the folder in it. */
function projectIn(root: string, inbox: string): string {
  return pathParts(inbox.slice(root.length))[0] ?? ''
}

/** The inboxes that a glob names; a leading `~` is the home, also where a shell was kept from it (contract B31). */
export async function inboxesOf(glob: string, context: Context, levelsUp: number): Promise<Inbox[]> {
  const folders = await matchingFolders(expandHome(glob, context.home))
  return folders.map((folder) => ({ folder, project: projectOf(folder, context.home, levelsUp) }))
}

/** Where peers.toml puts things. One that cannot be read is told to `err`: the usual places are still shown. */
export async function localLayout(context: Context, err = context.err): Promise<LocalLayout> {
  const { paths, home } = context
  const usual = { roots: [paths.projects], placed: [] }
  if (!mayPlaceInboxes(paths.peersFile)) return usual
  try {
    const peers = await readPeersFile(paths)
    return { roots: projectRoots(peers, paths), placed: placedInboxes(peers, home) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    showFailure(error, err)
    return usual
  }
}

/** Most files of peers say nothing of this: then the parser need not be loaded. Escapes may spell anything. */
function mayPlaceInboxes(peersFile: string): boolean {
  try {
    const bytes = readRegularFile(peersFile)
    return ['inbox_path', 'roots', '\\u', '\\U'].some((text) => bytes.includes(text))
  } catch (error) {
    return !hasCode(error, 'ENOENT', 'ENOTDIR')
  }
}
