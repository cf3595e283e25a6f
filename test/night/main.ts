import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { check } from './checker/check'
import { explain } from './checker/explain'
import { countsOf, countsText } from './counts'
import { FAULTS } from './faults/faults'
import type { Night } from './history'
import { passNight, readNight } from './night'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string' },
    crowd: { type: 'string', default: '1' },
    /** Seconds in which idle sessions stay idle. What waits is to be told of within the longest time that one may take. */
    quiet: { type: 'string', default: '80' },
    faults: { type: 'string', default: FAULTS.join() },
    base: { type: 'string', default: '' },
    build: { type: 'string', default: '' },
    root: { type: 'string', default: '' },
    scripts: { type: 'string' },
    output: { type: 'string', default: '' },
    history: { type: 'string' },
    /** A mutant: this promise must be broken, and that is what a good checker finds. */
    expect: { type: 'string' },
    name: { type: 'string', default: '' },
  },
})

/** The exit code of a night that broke a promise. Others say that it did not come to its end. */
const BROKEN = 9
/** So many breaches are shown with their events. */
const SHOWN = 5

const night = values.history === undefined ? await pass() : readNight(values.history)
const breaches = check(night)
if (values.expect === undefined) {
  for (const breach of breaches.slice(0, SHOWN)) console.log(explain(breach, night))
  if (breaches.length > SHOWN) console.log(`and ${breaches.length - SHOWN} more`)
  console.log(
    `seed ${night.seed}: ${breaches.length === 0 ? 'all holds' : `${breaches.length} broken promises`}`,
  )
  console.log(`seed ${night.seed}: ${countsText(countsOf(night))}`)
  process.exit(breaches.length === 0 ? 0 : BROKEN)
}
const found = breaches.filter(({ promise }) => promise === Number(values.expect))
console.log(`${values.name}: ${found.length > 0 ? `caught (${found[0]?.text})` : 'NOT CAUGHT'}`)
process.exit(found.length > 0 ? 0 : 1)

async function pass(): Promise<Night> {
  const wanted = values.faults.split(',').filter((kind) => kind !== '' && kind !== 'none')
  const faults = new Set(FAULTS.filter((kind) => wanted.includes(kind)))
  if (faults.size < wanted.length) throw new Error(`faults are ${FAULTS.join()}`)
  const night = await passNight({
    seed: Number(values.seed),
    minutes: Number(values.minutes),
    crowd: Number(values.crowd),
    quiet: Number(values.quiet),
    faults,
    base: values.base,
    build: values.build,
    scripts: values.scripts,
    root: values.root,
  })
  writeFileSync(
    join(values.output, `night-${values.seed}${values.name.replaceAll(' ', '-')}.json`),
    JSON.stringify(night),
  )
  return night
}
