// @ts-check
/**
 * Times whole processes: every command against the script it replaces, and against an empty node. With
 * CROSS_AGENT_REFERENCE naming the folder of the scripts, ratios new/old in one run; without it ours alone.
 *
 *   npm run bench [-- --pairs N] [--only TEXT] [--json FILE]
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { measure, median, quartiles } from './bench/measure.mjs'
import { makeScenarios } from './bench/scenarios.mjs'
import { requireSystemPrograms, setUp } from './setup.mjs'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
})
requireSystemPrograms(['gpg', 'gpgconf'])
await setUp()

const reference = process.env.CROSS_AGENT_REFERENCE
if (reference === undefined)
  console.log('CROSS_AGENT_REFERENCE is not set: ours alone, against an empty node')
const pairs = Math.max(1, Number(values.pairs))
const { scenarios, remove } = await makeScenarios(reference)
/**
 * @typedef {{ median: number, quartiles: number[] }} Ratio
 * @typedef {{ ours: number, script: number | null, node: number }} Milliseconds
 * @type {{ name: string, pairs: number, milliseconds: Milliseconds, toScript: Ratio | null, toNode: Ratio }[]}
 */
const rows = []
try {
  for (const scenario of scenarios.filter(({ name }) => name.includes(values.only))) {
    const { ours, theirs, floor } = measure(scenario, pairs)
    const ratios = theirs.map((time, index) => (ours[index] ?? Number.NaN) / time)
    const toNode = ours.map((time, index) => time / (floor[index] ?? Number.NaN))
    rows.push({
      name: scenario.name,
      pairs: ours.length,
      milliseconds: {
        ours: median(ours),
        script: theirs.length > 0 ? median(theirs) : null,
        node: median(floor),
      },
      toScript: ratios.length > 0 ? { median: median(ratios), quartiles: quartiles(ratios) } : null,
      toNode: { median: median(toNode), quartiles: quartiles(toNode) },
    })
    printRow(rows.at(-1))
  }
} finally {
  remove()
}
if (values.json !== undefined) {
  mkdirSync(dirname(values.json), { recursive: true })
  const about = {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    date: new Date().toISOString(),
  }
  writeFileSync(values.json, `${JSON.stringify({ ...about, rows }, null, 2)}\n`)
}

/** @param {(typeof rows)[number] | undefined} row */
function printRow(row) {
  if (row === undefined) return
  const { name, milliseconds, toScript, toNode } = row
  const times = `${milliseconds.ours.toFixed(1).padStart(8)} ms`
  const script =
    milliseconds.script === null ? '' : `  script ${milliseconds.script.toFixed(1).padStart(8)} ms`
  const ratio =
    toScript === null
      ? ''
      : `  new/old ${toScript.median.toFixed(2)} (${toScript.quartiles.map((q) => q.toFixed(2)).join(' to ')})`
  console.log(`${name.padEnd(38)}${times}${script}${ratio}  to node -e 0: ${toNode.median.toFixed(2)}`)
}
