import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { AgentHost } from '../support/agent-host'
import { home, itLong } from '../support/own-home'

const SESSIONS = ['bakery', 'mill'] as const
type Project = (typeof SESSIONS)[number]

/** The limit of one conversation in an hour, without a [limits] table (contract C24). */
const WAKES = 6
/** Twice as many turns as the limit allows each of them. */
const ROUNDS = 2 * WAKES

const hosts = new Map<Project, AgentHost>()
const folder = (project: Project) => join(home.path, 'projects', project)

beforeEach(async () => {
  await home.makeKey()
  for (const project of SESSIONS) {
    mkdirSync(join(folder(project), 'inbox/from-agents'), { recursive: true })
    hosts.set(project, new AgentHost(home, 'claude', []))
  }
  return () => {
    for (const host of hosts.values()) host.kill()
  }
})

/** Ends a turn of the project's agent. While its hook says that mail waits, the agent answers it with a request. */
async function endTurn(project: Project): Promise<number> {
  const cwd = folder(project)
  const event = { session_id: `${project}-session`, cwd, hook_event_name: 'Stop' }
  const { stdout } = (await hosts.get(project)?.hook(event)) ?? { stdout: '' }
  if (stdout === '') return 0
  expect(JSON.parse(stdout)).toMatchObject({ decision: 'block' })
  const env = { CROSS_AGENT_SESSION: `${project}-session` }
  const next = await home.run('recv', ['--next', '--take', '--json', '--compact-json'], { cwd, env })
  expect(next.exitCode, next.stderr).toBe(0)
  const [name = ''] = readdirSync(join(cwd, 'inbox/from-agents')).filter((one) => one.endsWith('.org'))
  const file = join(cwd, 'inbox/from-agents', name)
  const answer = ['--reply-to', file, '-m', 'And you?', '--type', 'request']
  expect(await home.run('send', answer, { cwd, env })).toMatchObject({ exitCode: 0 })
  expect(await home.run('recv', ['--done', file], { cwd, env })).toMatchObject({ exitCode: 0 })
  return 1
}

describe('C24 two agents that answer everything with a request', () => {
  itLong('wake each other six times an hour, then status tells a person and mail waits', async () => {
    const first = ['bakery', '-m', 'How are you?', '--conversation', 'endless']
    expect(await home.run('send', first, { cwd: folder('mill') })).toMatchObject({ exitCode: 0 })
    const wakes = { bakery: 0, mill: 0 }
    for (let round = 0; round < ROUNDS; round++)
      for (const project of SESSIONS) wakes[project] += await endTurn(project)
    expect(wakes).toEqual({ bakery: WAKES, mill: WAKES })
    const { stdout } = await home.run('status', [])
    expect(stdout.match(/wakes held back in .*/g)).toEqual(['wakes held back in bakery: endless'])
    expect((await home.run('status', ['--messages', '--project', 'bakery'])).stdout).toContain('endless')
  })
})
