import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sampleOfEach } from '../support/long'
import { isCi } from '../support/root'
import { compare } from './compare.mjs'
import { CONTRACT_IDS } from './contract-ids.mjs'
import { hasGpg, makeKeyring } from './keyring.mjs'
import { loadCases, readRecording } from './load-cases.mjs'
import { CAN_FORBID, findProgram } from './programs.mjs'
import { binTarget, expand, REFERENCE, runCase, scriptTarget } from './run-case.mjs'
import { CAN_WATCH } from './run-watcher.mjs'
import type { Case, Keyring } from './types'

const cases = loadCases()
const commands = [...new Set(cases.map(({ command }) => command))]
const gpgIsHere = await hasGpg()
const realPrograms = ({ programs, stubs }: Case) => [
  ...programs,
  ...Object.keys(stubs).filter((name) => stubs[name]?.isReal),
]
const cannotRun = (testCase: Case) =>
  !isCi &&
  ((testCase.gpg && !gpgIsHere) ||
    (testCase.unprivileged && !CAN_FORBID) ||
    (testCase.steps !== undefined && !CAN_WATCH) ||
    realPrograms(testCase).some((name) => findProgram(name) === undefined))

/** `destination` of "destination: without a dot", `field` of "field missing: TITLE". */
const groupOf = ({ name }: Case) => name.split(/[: ]/, 1)[0] ?? ''
/** `npm test` has the first of each group and contract id, and then every so manieth. */
const EVERY = 30

let keyring: Promise<Keyring> | undefined
const keyringFor = async ({ gpg }: Case) => {
  if (!gpg) return undefined
  keyring ??= makeKeyring()
  return keyring
}
afterAll(async () => (await keyring)?.remove())

describe('the cases', () => {
  it('have names of their own', () => {
    const names = cases.map(({ command, name }) => `${command} ${name}`)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })

  it('are enough', () => {
    expect(cases.length).toBeGreaterThanOrEqual(900)
  })

  it.skipIf(REFERENCE === undefined)('have a script each to run beside', () => {
    const scripts = commands.map((command) => join(REFERENCE ?? '', `cross-agent-${command}`))
    expect(scripts.filter((script) => !existsSync(script))).toEqual([])
  })

  it('name the contract entry by which ours differs', () => {
    const marked = cases.filter(({ differs, ours }) => differs !== undefined || ours !== undefined)
    expect(marked.filter(({ differs, ours }) => !ours || !CONTRACT_IDS.has(differs ?? ''))).toEqual([])
  })
})

describe.each(commands)('%s', (command) => {
  const { cases: recorded } = readRecording(command)
  const own = cases.filter((testCase) => testCase.command === command)

  it('has a record of every case and no other', () => {
    expect(Object.keys(recorded)).toEqual(own.map(({ name }) => name))
  })

  const reference = REFERENCE
  const replayed = sampleOfEach(own, (testCase) => `${groupOf(testCase)} ${testCase.differs}`, EVERY)
  const besideScript = new Set(reference === undefined ? [] : sampleOfEach(replayed, groupOf))
  const title = reference === undefined ? 'as recorded' : 'as recorded, and beside the script'
  describe.concurrent(title, () => {
    for (const testCase of replayed) {
      const record = expand(recorded[testCase.name] ?? { exit: 'not recorded' })
      const mark = testCase.differs === undefined ? '' : ` [${testCase.differs}]`
      it.skipIf(cannotRun(testCase))(`${testCase.name}${mark}`, async ({ expect }) => {
        const keys = await keyringFor(testCase)
        const [script, ours] = await Promise.all([
          reference === undefined || testCase.dependsOnPython || !besideScript.has(testCase)
            ? record
            : runCase(testCase, scriptTarget(command, reference), keys),
          runCase(testCase, binTarget(command), keys),
        ])
        expect(script).toEqual(record)
        const { expected, actual } = compare(testCase, script, ours)
        expect(actual).toEqual(expected)
        // A mark that the script itself would satisfy is out of date.
        if (testCase.differs === undefined) return
        const unchanged = compare(testCase, record, record)
        expect(unchanged.actual).not.toEqual(unchanged.expected)
      })
    }
  })
})

if (REFERENCE === undefined) it.skip('beside the scripts: CROSS_AGENT_REFERENCE is not set', () => {})
