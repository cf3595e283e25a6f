// @ts-check
/**
 * Measures whole processes: every command against the script it replaces, and against an empty node; what a
 * running watcher costs; where the milliseconds of a command go. With CROSS_AGENT_REFERENCE naming the folder
 * of the scripts, ours and theirs in one run; without it ours alone. Nothing is asserted of any figure.
 *
 *   npm run bench [-- OPTIONS]
 *     --all          every size, also those that take long
 *     --pairs N      rounds of ours, the script and an empty node (20; rows say where it is less)
 *     --only TEXT    only what has TEXT in its name
 *     --node LIST    only that the commands run, and how fast, on other versions of node: 20,22,24
 *     --json FILE    the figures for machines
 *     --svg FILE     a picture
 *     --publish      all of this, and into docs/ and the README
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './project.mjs'
import { installPackages, requireSystemPrograms, run } from './setup.mjs'

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    pairs: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    node: { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    publish: { type: 'boolean', default: false },
  },
})
const pairs = Number(values.pairs)
if (!Number.isInteger(pairs) || pairs < 1) throw new Error(`--pairs ${values.pairs}: not a number of pairs`)
const isAll = values.all || values.publish
const versions = (values.node ?? (values.publish ? '20,22,24' : '')).split(',').filter(Boolean)
const isOnlyNodes = versions.length > 0 && !isAll
const reference = process.env.CROSS_AGENT_REFERENCE
if (values.publish && reference === undefined) throw new Error('--publish needs CROSS_AGENT_REFERENCE')

requireSystemPrograms(['gpg', 'gpgconf', 'inotifywait'])
installPackages()
// In a process of its own: the larger the process that starts another, the longer that takes.
run(process.execPath, [`${root}/scripts/build.mjs`])
// Only now: what they import is there after the set-up, and from here on there is something to clean up.
const { measureReport } = await import('./bench/report.mjs')
const { drawChart } = await import('./bench/chart.mjs')
const { publish } = await import('./bench/publish.mjs')

if (reference === undefined)
  console.log('CROSS_AGENT_REFERENCE is not set: ours alone, against an empty node')
const report = await measureReport({
  reference,
  pairs,
  isAll,
  versions,
  isOnlyNodes,
  wants: (name) => name.includes(values.only),
  print: (line) => console.log(line),
})
if (values.json !== undefined) write(values.json, `${JSON.stringify(report, null, 2)}\n`)
if (values.svg !== undefined) write(values.svg, drawChart(report))
if (values.publish) publish(report)

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
