// @ts-check
/** `npm run bench`: measures the commands, and the scripts they replace beside them. It asserts no figure. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { root } from './project.mjs'
import { installPackages, requireSystemPrograms, run } from './setup.mjs'

const HELP = `usage: npm run bench [-- OPTIONS]

Measures whole processes: every command against the script it replaces and against an empty node, what a running
watcher costs, and where the milliseconds of a command go. CROSS_AGENT_REFERENCE names the folder of the scripts.
Without it, the bench measures the commands alone.

  --all        every size, also those that take long
  --pairs N    rounds of ours, the script and an empty node (20; some rows take fewer)
  --only TEXT  only rows that have TEXT in their name
  --node LIST  only whether the commands run on other versions of node, and how fast: 20,22,24
  --publish    all of this, written to docs/bench.md and docs/bench.svg
  --help       this text
`

process.once('uncaughtException', ({ message }) => {
  console.error(`bench: ${message}`)
  process.exit(1)
})

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    pairs: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    node: { type: 'string' },
    publish: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit()
}
const { only, publish } = values
const pairs = Number(values.pairs)
if (!Number.isInteger(pairs) || pairs < 1)
  throw new Error(`--pairs ${values.pairs}: give a whole number, 1 or more`)
const isAll = values.all || publish
const versions = (values.node ?? (publish ? '20,22,24' : '')).split(',').filter(Boolean)
const reference = process.env.CROSS_AGENT_REFERENCE
if (publish && reference === undefined) throw new Error('--publish needs CROSS_AGENT_REFERENCE')

requireSystemPrograms(['gpg', 'gpgconf', 'inotifywait', 'rsync', 'ssh', 'sshd', 'ssh-keygen'])
installPackages()
// In a process of its own, so that this one stays small: a large process starts others more slowly.
run(process.execPath, [`${root}/scripts/build.mjs`])
// Only now: these import what the set-up installs.
const { measureReport } = await import('./bench/report.mjs')
const { drawChart } = await import('./bench/chart.mjs')
const { markdownPage } = await import('./bench/tables.mjs')

if (reference === undefined) console.log('CROSS_AGENT_REFERENCE is not set: no scripts to compare with')
const report = await measureReport({ reference, pairs, isAll, versions, only })
if (publish) {
  writeFileSync(`${root}/docs/bench.svg`, drawChart(report))
  writeFileSync(`${root}/docs/bench.md`, markdownPage(report))
}
