// @ts-check
/** `npm run bench`: measures the commands, and the scripts they replace beside them. It asserts no figure. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { measureCommand, measureIdleWatcher } from './bench/measure.mjs'
import { cellsOf, HEAD, heading, tableLine } from './bench/report.mjs'
import { scenarios } from './bench/scenarios.mjs'
import { World } from './bench/world.mjs'
import { binOf, commands, manifest, root } from './project.mjs'
import { installPackages, requireSystemPrograms, run } from './setup.mjs'

const HELP = `usage: npm run bench [-- OPTIONS]

Measures whole processes: every command against the script it replaces and against an empty node, and the memory of
a watcher. CROSS_AGENT_REFERENCE names the folder of the scripts. Without it, the bench measures the commands alone.

  --pairs N    rounds of ours, the script and an empty node (20; some rows take fewer)
  --only TEXT  only rows that have TEXT in their name, also those that take long
  --node LIST  only whether the commands run on other versions of node, and how fast: 20,22,24
  --publish    everything, written to docs/bench.md
`
const IDLE = 'watch, nothing arrives: memory, MB'

process.once('uncaughtException', ({ message }) => {
  console.error(`bench: ${message}`)
  process.exit(1)
})
const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    node: { type: 'string' },
    publish: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit()
}
const { only, publish } = values
const pairs = Number(values.pairs)
if (!Number.isInteger(pairs) || pairs < 1) throw new Error('--pairs: give a whole number, 1 or more')
const versions = (values.node ?? (publish ? '20,22,24' : '')).split(',').filter(Boolean)
const reference = process.env.CROSS_AGENT_REFERENCE
if (publish && reference === undefined) throw new Error('--publish needs CROSS_AGENT_REFERENCE')
const isAll = publish || only !== ''
const wanted = scenarios.filter(({ name, isLarge = false }) => name.includes(only) && (isAll || !isLarge))
if (wanted.length === 0 && !IDLE.includes(only))
  throw new Error(`--only ${only}: no row has that in its name`)

requireSystemPrograms(['gpg', 'gpgconf', 'inotifywait', 'rsync', 'ssh', 'sshd', 'ssh-keygen', 'pgrep'])
installPackages()
// In a process of its own, so that this one stays small: a large process starts others more slowly.
run(process.execPath, [`${root}/scripts/build.mjs`])
// Before anything is measured: that a version cannot be had should not show only at the end.
const nodes = versions.map(fetchNode)
const world = new World(reference)
const page = [heading(`${new Date().toISOString().slice(0, 10)}, on node ${process.versions.node}`)]
if (nodes.length === 0 || publish) await measure(wanted, IDLE.includes(only))
const core = wanted.filter(({ isCore }) => isCore)
for (const node of nodes) {
  page.push(`\n## On node ${checkCommands(node)}\n\n`)
  console.log(page.at(-1))
  await measure(core, false, node)
}
if (publish) writeFileSync(`${root}/docs/bench.md`, page.join(''))

/** Prints each line as soon as it is known. @param {typeof wanted} rows @param {boolean} idle @param {string} [node] */
async function measure(rows, idle, node) {
  const add = (/** @type {string[]} */ cells) => {
    console.log(tableLine(cells))
    page.push(`${tableLine(cells)}\n`)
  }
  HEAD.forEach(add)
  for (const row of rows) add(cellsOf(await measureCommand(row, world, pairs, node)))
  if (idle) add(cellsOf(await measureIdleWatcher(IDLE, world)))
}

/** The path of a node ("22" or "22.23.3"), kept in node_modules for the next time. @param {string} version */
function fetchNode(version) {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) throw new Error(`--node ${version}: give versions, as in 20,22,24`)
  const folder = `${root}/node_modules/.cache/bench/node-${version}`
  // A package that holds nothing but the program.
  const name = `node-${process.platform}-${process.arch}`
  run('npm', ['install', '--prefix', folder, '--ignore-scripts', '--loglevel=error', `${name}@${version}`])
  return `${folder}/node_modules/${name}/bin/node`
}

/** Throws unless every command runs on that node, with a code cache of that node's. @param {string} node */
function checkCommands(node) {
  const say = (/** @type {string[]} */ ...args) => String(spawnSync(node, args).stdout).trim()
  for (const bin of commands.map(binOf)) {
    run(node, [`${root}/scripts/cache-code.mjs`, dirname(bin)])
    if (!say(bin, '--version').endsWith(manifest.version)) throw new Error(`${bin} does not run on ${node}`)
  }
  return say('--version').slice(1)
}
