import { describe, expect, it } from 'vitest'
import { LONGER, sampleOfEach } from '../support/long'
import { seeds } from '../support/seeds'
import { compare, takeUnparseable } from './compare.mjs'
import { generateCases, toCase } from './generate.mjs'
import { readGenerated } from './load-cases.mjs'
import { showControls } from './normalise.mjs'
import { binTarget, expand, REFERENCE, runCase, scriptTarget } from './run-case.mjs'
import type { GeneratedCase, GeneratedKind, Outcome } from './types'

const recording = readGenerated()
const LIVE_SHARE = 0.4

/** `npm test` has the first of each kind, and then every so manieth. */
const EVERY = 100
const kindOf = ({ command, kind }: GeneratedCase) => `${command} ${kind}`

interface StatusJson {
  projects: { pending_count: number; unparseable_count?: number }[]
}

const projectOf = (ours: Outcome) => (JSON.parse(ours.stdout.join('\n')) as StatusJson).projects[0]

function expectRejected(ours: Outcome, reason: RegExp): void {
  expect(ours.exit).toBe(3)
  expect(JSON.parse(ours.stdout.join('\n'))).toMatchObject({
    decision: 'reject',
    reason: expect.stringMatching(reason),
  })
}

/** What each kind must hold: `same` the script's outcome, the others what the contract says of ours. */
const expectations: Record<
  GeneratedKind,
  (generated: GeneratedCase, script: Outcome, ours: Outcome) => void
> = {
  same({ command, argv, files }, script, ours) {
    const hidesField = /^\ufeff+#\+[A-Z_]+:/.test(files['desk/m.org']?.text ?? '')
    if (command === 'recv' && hidesField && script.exit !== 3) {
      // B60: the scripts do not see that field.
      expect(ours.exit).toBe(3)
      expect(ours.stdout.join('\n')).toContain('a byte order mark hides the first field')
      return
    }
    // A6 adds to what status prints; it has cases of its own.
    const { rest } = takeUnparseable(ours.stdout.join('\n'))
    const isShown = command === 'recv' && !argv.includes('--json')
    const shown = isShown ? { ...script, stdout: script.stdout.map(showControls) } : script
    const { expected, actual } = compare({}, shown, { ...ours, stdout: rest })
    expect(actual).toEqual(expected)
  },
  A2({ field }, _script, ours) {
    expectRejected(ours, new RegExp(field ?? ''))
  },
  B2(_generated, _script, ours) {
    expectRejected(ours, /./)
  },
  B15({ count }, _script, ours) {
    expect(ours.exit).toBe(0)
    expect(projectOf(ours)?.pending_count).toBe(count)
  },
  B16({ count, files }, _script, ours) {
    expect(ours.exit).toBe(0)
    expect(projectOf(ours)).toMatchObject({
      pending_count: Object.keys(files).length,
      unparseable_count: count,
    })
  },
}

describe.concurrent(`generated with the seed ${recording.seed}, as recorded`, LONGER, () => {
  for (const { outcome, ...generated } of sampleOfEach(recording.cases, kindOf, EVERY)) {
    const testCase = toCase(generated)
    it(`${generated.name} (${generated.kind})`, async () => {
      const ours = await runCase(testCase, binTarget(generated.command))
      expectations[generated.kind](generated, expand(outcome), ours)
    })
  }
})

it('the record is made from the cases that the seed gives', () => {
  expect(recording.cases.map(({ outcome: _outcome, ...generated }) => generated)).toEqual(
    generateCases(recording.seed),
  )
})

if (REFERENCE === undefined) {
  it.skip('beside the scripts: CROSS_AGENT_REFERENCE is not set', () => {})
} else {
  const reference = REFERENCE
  describe.concurrent.each(seeds)('generated with the seed %i, beside the scripts', (seed) => {
    for (const generated of sampleOfEach(generateCases(seed, LIVE_SHARE), kindOf)) {
      const testCase = toCase(generated)
      it(`${generated.name} (${generated.kind})`, async () => {
        const [script, ours] = await Promise.all([
          runCase(testCase, scriptTarget(generated.command, reference)),
          runCase(testCase, binTarget(generated.command)),
        ])
        expectations[generated.kind](generated, script, ours)
      })
    }
  })
}
