import { statSync } from 'node:fs'
import { joinPath, type Paths } from '../fs/paths'
import { reasonOf } from '../fs/system-error'
import { findProgram } from '../programs/find-program'
import { holdSignals } from '../programs/interruption'
import { toPath } from '../text/raw-name'
import type { Agent } from './agent'
import { rulesFile, rulesText } from './allow-rules'
import { brakeEntries } from './brake-hook'
import { inGit, rulesCommitted, rulesOnlyAtHome } from './git-ignores'
import { removeEmptyFolders } from './kept-file'
import { hookCommand, startedBy } from './our-hooks'
import { checkOwn, installOwn, type OwnText, ownTexts, removeOwn } from './own-file'
import { settingsUnreadable } from './settings-failure'
import {
  checkSettings,
  commandsIn,
  fatalComma,
  installSettings,
  removeSettings,
  type SettingsContent,
} from './settings-file'

/** Where hooks are installed and what they run. */
export interface HookPlace {
  /** A project's folder, or the home folder for all projects. */
  readonly folder: string
  /** The name or absolute path of cross-agent-watch. */
  readonly program: string
  /** The absolute path of node. Without it, the program finds node by PATH. Needs an absolute `program`. */
  readonly node?: string | undefined
  readonly paths: Paths
  /** What is installed besides. What is there already stays, and is brought up to date. */
  readonly extras?: Extras | undefined
}

export interface Extras {
  /** Tools are refused while HALT is there (contract C25). */
  readonly brake: boolean
  /** Our commands run without a question (contract C26). Needs `env`, to ask git. */
  readonly allow: boolean
  readonly env: Readonly<Record<string, string | undefined>>
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
 * `settings-unreadable`, `settings-unwritable`, `settings-changed`, `settings-committed`; then nothing is changed.
 */
export async function installHooks(agent: Agent, place: HookPlace): Promise<readonly Installed[]> {
  if (place.extras?.allow) await requireUncommitted(agent, place, place.extras.env)
  return uninterrupted(agent, place, async (own) => {
    const reports: Installed[] = []
    const made: { path: string; undo(): Promise<unknown> | unknown }[] = []
    try {
      for (const { path, content } of settingsFiles(agent, place)) {
        const report = await installSettings(content, path, place.paths)
        if (report.state === 'unchanged' && content.hooks === undefined && !content.rules?.isAsked) continue
        reports.push(content.hooks === undefined ? { path, state: report.state } : { path, ...report })
        if (report.state === 'installed')
          made.push({
            path,
            undo: async () => removeEmptyFolders((await removeSettings(content, path, place.paths)).made),
          })
      }
      for (const { path, text } of own) {
        const state = installOwn(text, path, place.paths)
        reports.push({ path, state })
        if (state === 'installed') made.push({ path, undo: () => removeOwn(text, path, place.paths) })
      }
    } catch (error) {
      // Nobody asked for half an installation, so it is undone.
      for (const { undo } of made.toReversed()) await undo()
      throw error
    }
    return reports
  })
}

/**
 * Removes an agent's hooks, the brake and the rules. Restores the original bytes if nobody has changed the file since;
 * otherwise removes only what is ours. Throws as `installHooks` does.
 */
export function removeHooks(agent: Agent, place: HookPlace): Promise<readonly Removed[]> {
  return uninterrupted(agent, place, async (own) => {
    const reports: Removed[] = []
    const made: string[] = []
    for (const { path, content } of settingsFiles(agent, place)) {
      const removed = await removeSettings(content, path, place.paths)
      if (removed.state === 'removed' || content.hooks !== undefined)
        reports.push({ path, state: removed.state })
      made.push(...removed.made)
    }
    for (const { path, text } of own) reports.push({ path, state: removeOwn(text, path, place.paths) })
    // These folders are empty only now.
    for (const folder of made.toReversed()) removeEmptyFolders([folder])
    return reports
  })
}

/**
 * The state of an agent's hooks. They may name another node than this one, if it is there. Throws as `installHooks`
 * does; writes nothing.
 */
export async function checkHooks(agent: Agent, asked: HookPlace): Promise<readonly Checked[]> {
  const place = await withNodeOfHooks(agent, asked)
  return uninterrupted(agent, place, async (own) => {
    const reports: Checked[] = []
    for (const { path, content } of settingsFiles(agent, place)) {
      if (content.hooks === undefined) continue
      const { state, isIgnored } = await checkSettings(content, path, place.paths)
      reports.push({ path, state, isIgnored })
    }
    for (const { path, text } of own)
      if (text.extra !== 'rules') reports.push({ path, state: checkOwn(text, path, place.paths) })
    return reports
  })
}

/** What an agent has besides its hooks, and the commands that it runs. */
export interface FoundExtras {
  readonly hasBrake: boolean
  /** The rules that are there, with their files. */
  readonly rules: readonly { readonly path: string; readonly rule: string }[]
  /**
   * The commands of our hooks that may be tried. In a project, these are only the commands that we would write
   * ourselves: a cloned repository may bring others that look like ours.
   */
  readonly commands: readonly string[]
}

/** Finds the brake, the rules and the commands in an agent's settings. Throws as `checkHooks` does; writes nothing. */
export function findExtras(agent: Agent, place: HookPlace): Promise<FoundExtras> {
  return uninterrupted(agent, place, async (own) => {
    let hasBrake = own.some(({ text }) => text.extra === 'brake')
    const rules: { path: string; rule: string }[] = []
    let commands: readonly string[] = []
    for (const { path, content } of settingsFiles(agent, place)) {
      const found = await checkSettings(content, path, place.paths)
      hasBrake ||= found.hasBrake
      rules.push(...found.rules.map((rule) => ({ path, rule })))
      if (content.hooks === undefined) continue
      const { settings, command, brake } = content.hooks
      const present = await commandsIn(settings, path, place.paths)
      const expected = [...settings.entries(command), ...(brake?.entries ?? [])].map(
        ({ handler }) => handler.command,
      )
      commands =
        place.folder === place.paths.home ? present : present.filter((line) => expected.includes(line))
    }
    // OpenCode's plugin runs no shell's line, but the same words.
    if (
      agent.settings === undefined &&
      own.some(({ text, path }) => checkOwn(text, path, place.paths) === 'installed')
    )
      commands = [`${hookCommand(place)} --hook ${agent.name}`]
    for (const { path, text } of own) rules.push(...(text.rules ?? []).map((rule) => ({ path, rule })))
    return { hasBrake, rules, commands }
  })
}

/** The place, with the node that the hooks name. A terminal of another version of node finds nothing wrong then. */
async function withNodeOfHooks({ settings }: Agent, place: HookPlace): Promise<HookPlace> {
  if (settings === undefined || place.node === undefined) return place
  requireFolder(place.folder)
  const commands = await commandsIn(settings, joinPath(place.folder, settings.file), place.paths)
  const node = commands.map((command) => startedBy(command)?.node).find((found) => found !== undefined)
  return node !== undefined && findProgram(node, '') === node ? { ...place, node } : place
}

interface SettingsFile {
  readonly path: string
  readonly content: SettingsContent
}

/** The JSON files that hold something of ours: the hooks and the rules, perhaps in one file. */
function settingsFiles({ name, settings }: Agent, place: HookPlace): SettingsFile[] {
  const { folder, paths, extras } = place
  const rules = rulesFile(name, { folder, isHome: folder === paths.home })
  const ruled = rules && { all: rules.rules, isAsked: extras?.allow ?? false, initial: rules.initial }
  const files: SettingsFile[] = []
  const hooksPath = settings && joinPath(folder, settings.file)
  if (settings !== undefined && hooksPath !== undefined) {
    const brake = { entries: brakeEntries(name, place, paths), isAsked: extras?.brake ?? false }
    const hooks = { settings, command: hookCommand(place), brake }
    const isShared = ruled !== undefined && rules?.path === hooksPath
    files.push({ path: hooksPath, content: isShared ? { hooks, rules: ruled } : { hooks } })
  }
  if (rules !== undefined && ruled !== undefined && rules.path !== hooksPath)
    files.push({ path: rules.path, content: { hooks: undefined, rules: ruled } })
  return files
}

/** Throws `settings-committed` if the file for an agent's rules in a project is committed, or would be. */
async function requireUncommitted(agent: Agent, place: HookPlace, env: Extras['env']): Promise<void> {
  const { folder, paths } = place
  if (folder === paths.home) return
  const own = rulesText(agent.name)
  const path = rulesFile(agent.name, { folder, isHome: false })?.path ?? joinPath(folder, own?.file ?? '')
  if (agent.name === 'gemini') throw rulesOnlyAtHome(path, agent.title)
  const found = await inGit(folder, path, env)
  if (found === 'no repository' || found === 'ignored') return
  if (found === undefined) throw rulesCommitted(path, 'may be committed, since git does not answer')
  if (found === 'tracked') throw rulesCommitted(path, 'is committed')
  // Claude Code keeps this file out of commits.
  if (agent.name !== 'claude') throw rulesCommitted(path, 'would be committed')
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
  place: HookPlace,
  work: (own: readonly { readonly path: string; readonly text: OwnText }[]) => Promise<Result>,
): Promise<Result> {
  const { folder, paths, extras } = place
  requireFolder(folder)
  const isHome = folder === paths.home
  const asked = { brake: extras?.brake ?? false, rules: extras?.allow ?? false }
  const texts = await ownTexts(agent, { program: place, haltFile: paths.haltFile, isHome })
  const interruption = holdSignals()
  try {
    const own = texts.map((text) => ({ path: joinPath(folder, text.file), text }))
    return await work(
      own.filter(
        ({ path, text }) =>
          text.extra === undefined || asked[text.extra] || checkOwn(text, path, paths) !== 'absent',
      ),
    )
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
