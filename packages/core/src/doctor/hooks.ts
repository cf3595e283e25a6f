import { existsSync } from 'node:fs'
import type { Agent } from '../agents/agent'
import { AGENTS } from '../agents/agents'
import { isTrustedByCodex } from '../agents/codex'
import { firstFailure } from '../agents/hook-program'
import { recordedFiles } from '../agents/hook-record'
import {
  type Checked,
  checkHooks,
  type FoundExtras,
  findExtras,
  type HookPlace as InstallPlace,
  startProblem,
} from '../agents/install-hooks'
import type { HookProgram } from '../agents/our-hooks'
import { ownFiles } from '../agents/own-file'
import { SettingsFailure } from '../agents/settings-failure'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { realPath } from '../fs/folder'
import { folderOf } from '../fs/paths'
import { findProgram } from '../programs/find-program'
import type { Projects } from '../project/projects'
import { toPath } from '../text/raw-name'
import { absent, bad, type Check, ok, shellWord, unknown } from './check'
import { checkCodexShell } from './codex-shell'

const NAME = 'hooks'
const PROGRAM = 'cross-agent-watch'

/** Checks hooks in the home folder, around the working folder, and in every place of an installation. */
export async function checkAgentHooks(context: Context, projects: Projects): Promise<Check[]> {
  const checks: Check[] = []
  for (const place of hookPlaces(context, projects)) checks.push(...(await checkPlace(place, context)))
  const codexName = `${NAME} ${AGENTS.codex.name}`
  if (checks.some(({ name, state }) => name === codexName && state !== 'bad'))
    checks.push(...(await checkCodexShell(codexName, context)))
  const none = 'none installed: agents see mail when they look, or by a watcher'
  return checks.length > 0 ? checks : [absent(NAME, none)]
}

async function checkPlace({ agent, folder }: HookPlace, context: Context): Promise<Check[]> {
  const name = `${NAME} ${agent.name}`
  let found: Found
  let problem: string | undefined
  try {
    found = await bestReports(agent, folder, context)
    problem = await startProblem(agent, found.place)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // A missing folder has no hooks.
    if (isUnreadable(error, folder)) return []
    return [bad(name, error.message, 'fix that: no hook of that file is run')]
  }
  const { reports, place } = found
  if (reports.every(({ state }) => state === 'absent')) return []
  if (problem !== undefined) return [bad(name, problem, 'take it out')]
  const scope = folder === context.home ? '' : ` --project ${shellWord(folder)}`
  const install = `${PROGRAM} --hook ${agent.name} --install${scope}`
  const ignored = reports.find(({ isIgnored }) => isIgnored)
  if (ignored !== undefined) {
    const said = `${ignored.path} holds comments or trailing commas: ${agent.title} ignores all of it`
    return [bad(name, said, 'take them out')]
  }
  const odd = reports.find(({ state }) => state === 'outdated' || state === 'absent')
  if (odd !== undefined) {
    const said = `${odd.path} ${odd.state === 'absent' ? 'is missing' : 'is of another version, or runs another program'}`
    return [bad(name, said, 'install the hooks again', install)]
  }
  const extras = await findExtras(agent, place)
  const failed = await firstFailure(extras.commands, context)
  if (failed !== undefined) {
    const said = `those in ${folder} do not run where an agent runs them: ${failed}`
    return [bad(name, said, 'install the hooks again', install)]
  }
  const [settings] = reports
  if (
    agent.name === 'codex' &&
    settings !== undefined &&
    isTrustedByCodex(settings.path, context, extras.hasBrake) === false
  )
    return [
      unknown(name, `installed in ${folder}; Codex skips them until you trust them: open /hooks in Codex`),
    ]
  return [ok(name, `installed in ${folder}${withExtras(extras)}`)]
}

/** Names the brake and the rules if they are there. */
function withExtras({ hasBrake, rules }: FoundExtras): string {
  const words = [...(hasBrake ? ['the brake'] : []), ...(rules.length > 0 ? ['rules'] : [])]
  return words.length === 0 ? '' : `, with ${words.join(' and ')}`
}

function isUnreadable(error: Failure, path: string): boolean {
  return error instanceof SettingsFailure && error.kind === 'settings-unreadable' && error.path === path
}

interface Found {
  readonly reports: readonly Checked[]
  readonly place: InstallPlace
}

/** The hooks may call the program by its name or by its path, and name node. All are valid. */
async function bestReports(agent: Agent, folder: string, context: Context): Promise<Found> {
  const { env, paths, program } = context
  const path = findProgram(PROGRAM, env.PATH)
  const files = path === undefined ? [] : [...new Set([path, realPath(path)])]
  const programs: readonly HookProgram[] = [
    ...[PROGRAM, ...files.slice(0, 1)].map((file) => ({ program: file })),
    ...files.map((file) => ({ program: file, node: program.node })),
  ]
  let last: Found | undefined
  for (const candidate of programs) {
    const place = { folder, paths, ...candidate }
    last = { reports: await checkHooks(agent, place), place }
    if (last.reports.every(({ state }) => state === 'installed' || state === 'kept')) return last
  }
  return last ?? { reports: [], place: { folder, paths, program: PROGRAM } }
}

/** A folder whose settings an agent may read. */
interface HookPlace {
  readonly agent: Agent
  readonly folder: string
}

/**
 * Where hooks may be: in the home folder for all projects, in the folders from the working folder up to its project
 * (agents read all of them), and in every folder of an installation.
 */
function hookPlaces(context: Context, { roots }: Projects): HookPlace[] {
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

/** Each folder once. Two paths are the same folder if their real paths are equal. */
function eachOnce(folders: readonly string[]): string[] {
  const seen = new Map<string, string>()
  for (const folder of folders) if (!seen.has(realPath(folder))) seen.set(realPath(folder), folder)
  return [...seen.values()]
}

/** From the working folder up to its repository or project. Outside both, only the working folder itself. */
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
