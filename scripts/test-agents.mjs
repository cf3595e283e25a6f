// @ts-check
/**
 * Runs our hooks with the real programs of coding agents. They speak with a server that stands in for their models, in
 * a network namespace with nothing but loopback, as `nobody`, in a scratch home. As root, on Linux.
 *
 *     npm run test:agents                all agents; writes docs/agents-tested.md
 *     npm run test:agents -- codex       only that one, or several; writes nothing
 *     npm run test:agents -- codex -t HALT    only the rows with that in their title
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { agentsPage } from './agents-page.mjs'
import { root } from './project.mjs'
import { requireSystemPrograms, run, setUp } from './setup.mjs'

const IN_NAMESPACE = `
set -e
ip link set lo up
mount --bind -o ro "$1" "$2"
shift 2
"$@"
exit $?`

/** @type {Record<string, { package: string, version: string }>} */
const programs = JSON.parse(readFileSync(join(root, 'test/agents/programs.json'), 'utf8'))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { testNamePattern: { type: 'string', short: 't' } },
})
const agents = positionals.length > 0 ? positionals : Object.keys(programs)
const unknown = agents.filter((agent) => !(agent in programs))
if (unknown.length > 0)
  stop(`no such agent: ${unknown.join(', ')}; there are ${Object.keys(programs).join(', ')}`)
if (process.platform !== 'linux') stop('the agents run in a network namespace, which only Linux has')
if (process.getuid?.() !== 0) stop('a network namespace needs root; run: sudo npm run test:agents')

requireSystemPrograms(['gpg', 'git', 'unshare', 'ip', 'tmux'])
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cross-agent-comms/agents')
for (const agent of agents) installAgent(agent, programs[agent])
await setUp()
const { results, hasPassed } = runTable()
if (positionals.length === 0 && values.testNamePattern === undefined) {
  const page = agentsPage(results, programs, new Date().toISOString().slice(0, 10))
  writeFileSync(join(root, 'docs/agents-tested.md'), page)
  console.log('written: docs/agents-tested.md')
}
process.exitCode = hasPassed ? 0 : 1

/**
 * Scripts of the packages do not run: each agent is one file for this machine.
 * @param {string} agent
 * @param {{ package: string, version: string } | undefined} program
 */
function installAgent(agent, program) {
  const { package: name = '', version = '' } = program ?? {}
  const folder = join(cache, agent)
  const manifest = join(folder, 'node_modules', name, 'package.json')
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version) return
  console.error(`installing ${name} ${version} from npm into ${folder} …`)
  mkdirSync(folder, { recursive: true })
  run('npm', [
    'install',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `${name}@${version}`,
  ])
}

/** @returns {{ results: import('./agents-page.mjs').Result[], hasPassed: boolean }} */
function runTable() {
  const folder = mkdtempSync(join(tmpdir(), 'cac-agents-'))
  chmodSync(folder, 0o755)
  // The cache may lie where nobody may look. It is shown here, to be read only.
  const shown = join(folder, 'programs')
  mkdirSync(shown)
  const written = join(cache, 'results')
  mkdirSync(written, { recursive: true })
  writeFileSync(join(written, 'results.json'), '[]')
  const filter = values.testNamePattern === undefined ? [] : ['-t', values.testNamePattern]
  const vitest = ['node_modules/.bin/vitest', 'run', '--config', 'test/agents/vitest.config.ts', ...filter]
  // Whatever an agent leaves running ends with the namespace.
  const namespace = [
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--',
    'sh',
    '-c',
    IN_NAMESPACE,
    'sh',
  ]
  const env = { ...process.env, AGENTS: agents.join(), AGENTS_PROGRAMS: shown, AGENTS_RESULTS: written }
  const { status } = spawnSync('unshare', [...namespace, cache, shown, ...vitest], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  const results = JSON.parse(readFileSync(join(written, 'results.json'), 'utf8'))
  rmdirSync(shown)
  rmdirSync(folder)
  if (results.length === 0) stop('the run ended before its first result')
  if (status !== 0) console.error(`what the agents sent in rows that failed: ${written}`)
  return { results, hasPassed: status === 0 }
}

/** @param {string} why @returns {never} */
function stop(why) {
  console.error(`test:agents: ${why}`)
  process.exit(2)
}
