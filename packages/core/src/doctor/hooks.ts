import type { Agent } from '../agents/agent'
import { AGENTS } from '../agents/agents'
import { type Checked, checkHooks } from '../agents/install-hooks'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { findProject } from '../inbox/here'
import { findProgram } from '../programs/find-program'
import { absent, bad, type Check, ok, shellWord } from './check'

const NAME = 'hooks'
const PROGRAM = 'cross-agent-watch'

/** The hooks of agents in the project of the working folder, and in the home folder for all projects. */
export async function checkAgentHooks(context: Context): Promise<Check[]> {
  const folders = [
    ...new Set([context.home, context.cwd() ?? context.home, ...(await projectFolder(context))]),
  ]
  const checks: Check[] = []
  for (const agent of Object.values(AGENTS))
    for (const folder of folders) checks.push(...(await checkAgent(agent, folder, context)))
  const none = 'none installed: agents see mail when they look, or by a watcher'
  return checks.length > 0 ? checks : [absent(NAME, none)]
}

async function projectFolder(context: Context): Promise<string[]> {
  try {
    const { name } = await findProject(undefined, { ...context, err: () => {} })
    return [`${context.paths.projects}/${name}`]
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

async function checkAgent(agent: Agent, folder: string, context: Context): Promise<Check[]> {
  const name = `${NAME} ${agent.name}`
  let reports: readonly Checked[]
  try {
    reports = await bestReports(agent, folder, context)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // A folder that is not there has no hooks.
    if (error.kind === 'settings-unreadable' && isAt(error, folder)) return []
    return [bad(name, error.message, 'put that right: no hook of that file is run')]
  }
  if (reports.every(({ state }) => state === 'absent')) return []
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
  return [ok(name, `installed in ${folder}`)]
}

function isAt(error: Failure, path: string): boolean {
  return 'path' in error.facts && error.facts.path === path
}

/** Hooks may have been installed by the name of the program or by its path: both are in order. */
async function bestReports(agent: Agent, folder: string, context: Context): Promise<readonly Checked[]> {
  const found = findProgram(PROGRAM, context.env.PATH)
  let last: readonly Checked[] = []
  for (const program of found === undefined ? [PROGRAM] : [PROGRAM, found]) {
    last = await checkHooks(agent, { folder, program, paths: context.paths })
    if (last.every(({ state }) => state === 'installed' || state === 'kept')) break
  }
  return last
}
