import { statSync } from 'node:fs'
import { joinPath, type Paths } from '../fs/paths'
import { reasonOf } from '../fs/system-error'
import { holdSignals } from '../programs/interruption'
import { toPath } from '../text/raw-name'
import type { Agent } from './agent'
import { removeEmptyFolders } from './kept-file'
import { commandWord } from './our-hooks'
import { checkOwn, installOwn, type OwnText, ownTexts, removeOwn } from './own-file'
import { settingsUnreadable } from './settings-failure'
import { checkSettings, fatalComma, installSettings, removeSettings } from './settings-file'

/** Where hooks are installed and what they run. */
export interface HookPlace {
  /** A project's folder, or the home folder for all projects. */
  readonly folder: string
  /** The name or absolute path of cross-agent-watch. */
  readonly program: string
  readonly paths: Paths
}

/** What happened to a file, or its state. `kept`: somebody changed our file, so we left it alone. */
export interface FileReport<State extends string> {
  readonly path: string
  readonly state: State
  /** Whether the agent ignores the whole file, because it has comments or trailing commas. Must be reported. */
  readonly isIgnored?: boolean
}

export type Installed = FileReport<'installed' | 'updated' | 'unchanged' | 'kept'>
export type Removed = FileReport<'removed' | 'absent' | 'kept'>
export type Checked = FileReport<'installed' | 'outdated' | 'absent' | 'kept'>

/**
 * Writes an agent's hooks (contract C17): adds them to its settings, which otherwise stay the same, and writes our own
 * files beside them. A second call changes nothing. Throws `settings-not-json`, `settings-misshaped`,
 * `settings-unreadable`, `settings-unwritable`, `settings-changed`; then nothing is changed.
 */
export function installHooks(agent: Agent, place: HookPlace): Promise<readonly Installed[]> {
  return uninterrupted(agent, place, async (own) => {
    const reports: Installed[] = []
    const { settings } = agent
    if (settings !== undefined) {
      const path = joinPath(place.folder, settings.file)
      const report = await installSettings(settings, path, commandWord(place.program), place.paths)
      reports.push({ path, ...report })
    }
    try {
      for (const { path, text } of own) reports.push({ path, state: installOwn(text, path, place.paths) })
    } catch (error) {
      // Nobody asked for half an installation, so it is undone.
      if (settings !== undefined && reports[0]?.state === 'installed')
        removeEmptyFolders((await removeSettings(settings, reports[0].path, place.paths)).made)
      throw error
    }
    return reports
  })
}

/**
 * Removes an agent's hooks. Restores the original bytes if nobody has changed the file since; otherwise removes only
 * what is ours. Throws as `installHooks` does.
 */
export function removeHooks(agent: Agent, place: HookPlace): Promise<readonly Removed[]> {
  return uninterrupted(agent, place, async (own) => {
    const reports: Removed[] = []
    let made: readonly string[] = []
    if (agent.settings !== undefined) {
      const path = joinPath(place.folder, agent.settings.file)
      const removed = await removeSettings(agent.settings, path, place.paths)
      reports.push({ path, state: removed.state })
      made = removed.made
    }
    for (const { path, text } of own) reports.push({ path, state: removeOwn(text, path, place.paths) })
    // These folders are empty only now.
    removeEmptyFolders(made)
    return reports
  })
}

/** The state of an agent's hooks. Throws as `installHooks` does; writes nothing. */
export function checkHooks(agent: Agent, place: HookPlace): Promise<readonly Checked[]> {
  return uninterrupted(agent, place, async (own) => {
    const reports: Checked[] = []
    if (agent.settings !== undefined) {
      const path = joinPath(place.folder, agent.settings.file)
      const report = await checkSettings(agent.settings, path, commandWord(place.program), place.paths)
      reports.push({ path, ...report })
    }
    for (const { path, text } of own) reports.push({ path, state: checkOwn(text, path, place.paths) })
    return reports
  })
}

/** Why an agent would not start with its settings, unless they are not JSON. Throws `settings-unreadable`. */
export async function startProblem(
  { settings, title }: Agent,
  { folder, paths }: HookPlace,
): Promise<string | undefined> {
  if (settings === undefined) return undefined
  const path = joinPath(folder, settings.file)
  const comma = await fatalComma(settings, path, paths)
  return comma === undefined ? undefined : `${title} does not start: ${path} has a trailing comma at ${comma}`
}

/** Holds signals back until all work is either done or undone. */
async function uninterrupted<Result>(
  agent: Agent,
  { folder, program, paths }: HookPlace,
  work: (own: readonly { readonly path: string; readonly text: OwnText }[]) => Promise<Result>,
): Promise<Result> {
  requireFolder(folder)
  const texts = await ownTexts(agent, { program, isHome: folder === paths.home })
  const interruption = holdSignals()
  try {
    return await work(texts.map((text) => ({ path: joinPath(folder, text.file), text })))
  } finally {
    interruption.release()
  }
}

/** Does not make the folder: its name may be mistyped. */
function requireFolder(folder: string): void {
  try {
    if (statSync(toPath(folder)).isDirectory()) return
  } catch (error) {
    throw settingsUnreadable({ path: folder, reason: reasonOf(error) }, error)
  }
  throw settingsUnreadable({ path: folder, reason: 'it is not a folder' })
}
