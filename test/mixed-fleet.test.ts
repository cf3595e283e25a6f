import { mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Home } from './support/home'
import { messageText } from './support/message'

const reference = process.env.CROSS_AGENT_REFERENCE

describe.skipIf(reference === undefined)('in one fleet with the scripts (CROSS_AGENT_REFERENCE)', () => {
  const home = new Home()
  const script = (command: string, ...args: string[]) =>
    home.exec('/usr/bin/python3', [join(reference ?? '', `cross-agent-${command}`), ...args], { cwd: '/tmp' })
  const ours = (command: string, ...args: string[]) => home.run(command, args, { cwd: '/tmp' })
  const file = () => home.write('message.org', messageText())
  const newest = () =>
    join(
      home.inbox('bob'),
      readdirSync(home.inbox('bob'))
        .filter((name) => name.endsWith('.org'))
        .sort()
        .at(-1) ?? '',
    )

  beforeAll(async () => {
    mkdirSync(home.inbox('bob'), { recursive: true })
    await home.makeKey()
  })
  afterAll(() => home.remove())

  it('what a script sends is processed here', async () => {
    expect(await script('send', 'local.bob', file())).toMatchObject({ exitCode: 0 })
    expect(await ours('recv', newest())).toMatchObject({ exitCode: 0 })
  })
  it('what is sent here is processed by a script', async () => {
    const message = home.write('other.org', messageText({ CONVERSATION_ID: 'other' }))
    expect(await ours('send', 'local.bob', message)).toMatchObject({ exitCode: 0 })
    expect(await script('recv', newest())).toMatchObject({ exitCode: 0 })
  })
  it('a halt of either stops both, and a resume of either releases both', async () => {
    for (const [setter, releaser] of [
      [script, ours],
      [ours, script],
    ] as const) {
      expect(await setter('halt', 'mixed')).toMatchObject({ exitCode: 0 })
      for (const side of [script, ours]) {
        expect(await side('send', 'local.bob', file())).toMatchObject({
          exitCode: 5,
          stderr: expect.stringMatching(/^halt active: mixed\n/),
        })
        expect(await side('recv', newest())).toMatchObject({ exitCode: 5 })
      }
      expect(await releaser('resume')).toMatchObject({ exitCode: 0 })
      for (const side of [script, ours])
        expect(await side('status')).toMatchObject({
          exitCode: 0,
          stdout: expect.not.stringContaining('HALT'),
        })
    }
  })
  it('both see the same waiting messages', async () => {
    // An age in the middle of its unit is the same in both runs, however long they take.
    const then = Date.now() / 1000 - 1.5 * 3600
    for (const name of readdirSync(home.inbox('bob'))) utimesSync(join(home.inbox('bob'), name), then, then)
    const [theirs, mine] = [await script('status'), await ours('status')]
    expect(mine.stdout).toBe(theirs.stdout)
    expect(mine.stdout).toMatch(/^bob +2 /m)
  })
  it('C13 C14 what a script sends is shown by --next, and gone for a script after --done', async () => {
    mkdirSync(home.inbox('ann'), { recursive: true })
    expect(await script('send', 'local.ann', file())).toMatchObject({ exitCode: 0 })
    const next = await ours('recv', '--next', '--project', 'ann', '--json')
    expect(next).toMatchObject({ exitCode: 0 })
    const { path } = JSON.parse(next.stdout)
    const waiting = async () => JSON.parse((await script('status', '--json')).stdout).projects
    expect(await waiting()).toContainEqual(expect.objectContaining({ name: 'ann', pending_count: 1 }))
    expect(await ours('recv', '--done', path)).toMatchObject({ exitCode: 0 })
    expect(await waiting()).toContainEqual(expect.objectContaining({ name: 'ann', pending_count: 0 }))
    expect(await ours('recv', '--next', '--project', 'ann')).toMatchObject({ exitCode: 6 })
  })
})
