import { realpathSync } from 'node:fs'
import type { Agent } from '@cac/core/agents/agent'
import { isTrustedByCodex } from '@cac/core/agents/codex'
import {
  checkHooks,
  type HookPlace,
  installHooks,
  removeHooks,
  startProblem,
} from '@cac/core/agents/install-hooks'
import type { Context } from '@cac/core/command/context'
import { absolutePath, tidyPath } from '@cac/core/fs/paths'
import { findProgram } from '@cac/core/programs/find-program'
import { escapeAll } from '@cac/core/text/terminal'
import type { Options } from './options'

/** Writes an agent's hooks into its settings (contract C17). Throws Failure; then nothing is changed. */
export async function install(agent: Agent, options: Options, context: Context): Promise<number> {
  const place = placeOf(options, context)
  for (const { path, state, isIgnored } of await installHooks(agent, place)) {
    tell(state, path, context)
    if (isIgnored) warnOfComments(agent, path, context)
  }
  warnOf(await startProblem(agent, place), context)
  context.out(`${agent.title}: ${agent.afterInstall}\n`)
  return 0
}

/** Removes the hooks and restores the earlier settings. Throws as `install`. */
export async function remove(agent: Agent, options: Options, context: Context): Promise<number> {
  for (const { path, state } of await removeHooks(agent, placeOf(options, context)))
    tell(state, path, context)
  return 0
}

/** Reports the state of the hooks. Exit code 1 if they are missing, outdated or unusable. Throws as `install`. */
export async function check(agent: Agent, options: Options, context: Context): Promise<number> {
  const place = placeOf(options, context)
  const reports = await checkHooks(agent, place)
  for (const { path, state, isIgnored } of reports) {
    tell(state, path, context)
    if (isIgnored) warnOfComments(agent, path, context)
  }
  const isInOrder = reports.every(
    ({ state, isIgnored }) => !isIgnored && state !== 'absent' && state !== 'outdated',
  )
  const problem = await startProblem(agent, place)
  warnOf(problem, context)
  const [settings] = reports
  if (
    agent.name === 'codex' &&
    settings?.state === 'installed' &&
    isTrustedByCodex(settings.path, context) === false
  )
    context.err(`warning: ${agent.title} skips them until you trust them: open /hooks in it`)
  return isInOrder && problem === undefined ? 0 : 1
}

function warnOf(problem: string | undefined, { err }: Context): void {
  if (problem !== undefined) err(`warning: ${problem}: take it out`)
}

/** The folder of `--project`, else the home: then the hooks apply to all projects. */
function placeOf({ project }: Options, context: Context): HookPlace {
  const { home, paths } = context
  const folder = project === undefined ? home : tidyPath(absolutePath(project, context.cwd()))
  return { folder, program: programPath(context), paths }
}

/** The path of this program on PATH, which stays right after a new installation; else its own path. */
function programPath({ env, program }: Context): string {
  const found = findProgram('cross-agent-watch', env.PATH)
  const isOurs = found?.startsWith('/') && realpathSync(found) === realpathSync(program.script)
  return isOurs && found !== undefined ? found : program.script
}

function tell(state: string, path: string, { out }: Context): void {
  const why = state === 'kept' ? ' (somebody has changed it: left alone)' : ''
  out(`${state}: ${escapeAll(path)}${why}\n`)
}

function warnOfComments({ title }: Agent, path: string, { err }: Context): void {
  err(
    `warning: ${title} ignores all of ${path}: it has comments or trailing commas, which ${title} does not read`,
  )
}
