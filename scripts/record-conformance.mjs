// @ts-check
// Runs every case on the scripts in $CROSS_AGENT_REFERENCE and keeps what they did in
// test/conformance/recorded. `--only NAME` runs one command's cases (or `generated`).
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { generateCases, RECORDED_SEED, toCase } from '../test/conformance/generate.mjs'
import { makeKeyring } from '../test/conformance/keyring.mjs'
import { loadCases, recordingUrl } from '../test/conformance/load-cases.mjs'
import { compact, REFERENCE, runCase, scriptTarget } from '../test/conformance/run-case.mjs'

/**
 * @import { Case, GeneratedRecording, RecordedOutcome, Recording } from '../test/conformance/types'
 */

/**
 * Outcomes in the order of the cases.
 * @param {readonly Case[]} cases
 * @param {(testCase: Case) => Promise<RecordedOutcome>} record
 */
async function recordAll(cases, record) {
  /** @type {RecordedOutcome[]} */
  const outcomes = []
  const queue = [...cases.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [at, testCase] = next
      outcomes[at] = await record(testCase)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker))
  return outcomes
}

/**
 * @param {string} name
 * @param {Recording | GeneratedRecording} recording
 */
function write(name, recording) {
  writeFileSync(recordingUrl(name), `${JSON.stringify(recording, null, 2)}\n`)
  console.log(`${name}: ${Object.keys(recording.cases).length} cases`)
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const folder = REFERENCE
  if (folder === undefined) throw new Error('set CROSS_AGENT_REFERENCE to the folder of the scripts')
  process.umask(0o022)
  const keyring = await makeKeyring()
  try {
    /** @param {Case} testCase */
    const record = async (testCase) =>
      compact(await runCase(testCase, scriptTarget(testCase.command, folder), keyring))

    const cases = loadCases()
    const wanted = (/** @type {string} */ name) => values.only === undefined || values.only === name
    for (const command of new Set(cases.map((testCase) => testCase.command))) {
      if (!wanted(command)) continue
      const own = cases.filter((testCase) => testCase.command === command)
      const outcomes = await recordAll(own, record)
      write(command, {
        command,
        cases: Object.fromEntries(own.map(({ name }, at) => [name, outcomes[at] ?? { exit: 'none' }])),
      })
    }
    if (wanted('generated')) {
      const generated = generateCases(RECORDED_SEED)
      const outcomes = await recordAll(generated.map(toCase), record)
      write('generated', {
        seed: RECORDED_SEED,
        cases: generated.map((one, at) => ({ ...one, outcome: outcomes[at] ?? { exit: 'none' } })),
      })
    }
  } finally {
    await keyring.remove()
  }
}

await main()
