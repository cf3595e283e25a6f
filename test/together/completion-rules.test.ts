import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binOf, commands } from '../../scripts/project.mjs'
import { bashOffers, fishOffers, zshLine } from '../support/half-typed'
import { Home } from '../support/home'
import { sample } from '../support/long'
import { has } from '../support/programs'

const home = new Home()
const mill = join(home.path, 'projects/mill')

beforeAll(() => {
  mkdirSync(home.programs, { recursive: true })
  for (const command of commands) symlinkSync(binOf(command), join(home.programs, `cross-agent-${command}`))
  for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
})
afterAll(() => home.remove())

/** The words before a half-typed flag, whether the flag is offered there. */
const CASES: readonly [line: string, flag: string, isOffered: boolean][] = [
  ['recv', '--project', false],
  ['recv --next', '--project', true],
  ['recv --json', '--project', false],
  ['status', '--project', true],
  ['status --here', '--project', false],
  ['status --project mill', '--here', false],
  ['status --project=mill', '--here', false],
  ['status --sent', '--exit-code', false],
  ['status --exit-code', '--sent', false],
  ['send -m x', '--retry-failed', false],
  ['send --message x', '--retry-failed', false],
  ['send bakery', '--retry-failed', true],
  ['send --retry-failed', '--reply-to', false],
  ['send bakery --wait', '--title', true],
  ['send bakery --wait 30', '--title', true],
  ['send --wait', '--dry-run', false],
  ['watch', '--install', false],
  ['watch --hook claude', '--install', true],
  ['watch --hook claude --install', '--remove', false],
  // What a rule says of --hook, --install may lift.
  ['watch --hook claude', '--project', true],
  ['watch --hook claude', '--here', false],
  ['watch', '--timeout', false],
  ['watch --once', '--timeout', true],
  ['watch --once', '--exec', false],
  // What --exec needs must come before it.
  ['watch', '--here', true],
  ['watch --service install', '--retry', true],
  ['watch', '--retry', false],
]

describe('C8 flags are offered as the rules have it', () => {
  it.each(CASES)('bash: %s %s %s', async (line, flag, isOffered) => {
    const words = line.split(' ').flatMap((word) => word.split(/(=)/))
    const offers = await bashOffers(
      home,
      mill,
      `cross-agent-${words[0]}`,
      ...words.slice(1),
      flag.slice(0, -1),
    )
    expect(offers.includes(flag)).toBe(isOffered)
  })

  it.skipIf(!has('zsh')).each(sample(CASES, 2))('zsh: %s %s %s', async (line, flag, isOffered) => {
    const typed = `cross-agent-${line} ${flag.slice(0, -1)}`
    expect((await zshLine(home, mill, typed)).startsWith(`cross-agent-${line} ${flag}`)).toBe(isOffered)
  })

  it.skipIf(!has('fish')).each(sample(CASES, 2))('fish: %s %s %s', async (line, flag, isOffered) => {
    const offers = await fishOffers(home, mill, `cross-agent-${line} ${flag.slice(0, -1)}`)
    expect(offers.includes(flag)).toBe(isOffered)
  })
})

describe('C8 the value of a flag is completed before the flag that it needs', () => {
  it('bash', async () => {
    expect(await bashOffers(home, mill, 'cross-agent-recv', '--project', 'bak')).toEqual(['bakery'])
  })
  it.skipIf(!has('zsh'))('zsh', async () => {
    expect(await zshLine(home, mill, 'cross-agent-recv --project bak')).toBe(
      'cross-agent-recv --project bakery ',
    )
  })
  it.skipIf(!has('fish'))('fish', async () => {
    expect(await fishOffers(home, mill, 'cross-agent-recv --project bak')).toEqual(['bakery'])
  })
})

describe('C28 a value that may be left out is no word of the command', () => {
  const LINES = ['--wait 30 bak', '--wait --title x bak', '--wait=30 bak']
  it.each(sample(LINES, 1))('bash: %s', async (line) => {
    const words = line.split(' ').flatMap((word) => word.split(/(=)/))
    expect(await bashOffers(home, mill, 'cross-agent-send', ...words)).toEqual(['bakery'])
    expect(await bashOffers(home, mill, 'cross-agent-send', '--wait', '')).toEqual([])
  })
  it.skipIf(!has('zsh')).each(sample(LINES, 1))('zsh: %s', async (line) => {
    expect(await zshLine(home, mill, `cross-agent-send ${line}`)).toBe(`cross-agent-send ${line}ery `)
  })
  it.skipIf(!has('fish')).each(sample(LINES, 1))('fish: %s', async (line) => {
    expect(await fishOffers(home, mill, `cross-agent-send ${line}`)).toEqual(['bakery'])
  })
})
