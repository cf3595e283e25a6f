import type { Agent } from '@cac/core/agents/agent'
import { isTrustedByCodex } from '@cac/core/agents/codex'
import { firstFailure, hookProgram } from '@cac/core/agents/hook-program'
import {
  checkHooks,
  type FoundExtras,
  findExtras,
  type HookPlace,
  installHooks,
  removeHooks,
  startProblem,
} from '@cac/core/agents/install-hooks'
import type { Context } from '@cac/core/command/context'
import { absolutePath, tidyPath } from '@cac/core/fs/paths'
import { escapeAll } from '@cac/core/text/terminal'
import type { Options } from './options'

/** Writes an agent's hooks into its settings (contract C17). Throws Failure; then nothing is changed. */
export async function install(agent: Agent, options: Options, context: Context): Promise<number> {
  const place = placeOf(options, context)
  for (const { path, state, isIgnored } of await installHooks(agent, place)) {
    tell(state, path, context)
    if (isIgnored) warnOfComments(agent, path, context)
  }
  if (options.brake || options.allow) tellExtras(await findExtras(agent, place), context)
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
  const extras = await findExtras(agent, place)
  tellExtras(extras, context)
  const failed = await firstFailure(extras.commands, context)
  if (failed !== undefined)
    context.err(`warning: ${agent.title} cannot run a hook (${failed}): install the hooks again`)
  const problem = await startProblem(agent, place)
  warnOf(problem, context)
  const [settings] = reports
  if (
    agent.name === 'codex' &&
    settings?.state === 'installed' &&
    isTrustedByCodex(settings.path, context, extras.hasBrake) === false
  )
    context.err(`warning: ${agent.title} skips them until you trust them: open /hooks in it`)
  return isInOrder && problem === undefined && failed === undefined ? 0 : 1
}

function warnOf(problem: string | undefined, { err }: Context): void {
  if (problem !== undefined) err(`warning: ${problem}: take it out`)
}

/** The folder of `--project`, else the home: then the hooks apply to all projects. */
function placeOf({ project, brake, allow }: Options, context: Context): HookPlace {
  const { home, paths, env } = context
  const folder = project === undefined ? home : tidyPath(absolutePath(project, context.cwd()))
  return { folder, ...hookProgram(context), paths, extras: { brake, allow, env } }
}

/** The brake and the rules that are there. Says nothing if there are none. */
function tellExtras({ hasBrake, rules }: FoundExtras, { out }: Context): void {
  if (hasBrake) out('brake: while HALT is there, all tools are refused\n')
  for (const { path, rule } of rules) {
    const what = rule.endsWith(': ask') ? 'asked' : 'allowed'
    out(`${what}: ${escapeAll(rule)} in ${escapeAll(path)}\n`)
  }
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
