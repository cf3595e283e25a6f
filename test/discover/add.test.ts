import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasRoot } from '../support/root'
import { Machines } from '../support/two-machines'

describe.runIf(hasRoot)('C30 adding a machine', () => {
  const machines = new Machines(['oak', 'velox'], 190)
  beforeAll(() => {
    machines.fleet.start()
  })
  afterAll(() => machines.fleet.remove())
  beforeEach(() => {
    for (const name of ['oak', 'velox']) machines.wipe(name)
  })
  const add = (...args: string[]) => machines.run('oak', 'discover', ['--add', ...args])

  it('takes one line, and then messages and answers are verified on both', async () => {
    await machines.makeKey('oak')
    await machines.makeKey('velox')
    for (const name of ['oak', 'velox']) mkdirSync(machines.home(name).inbox('career'), { recursive: true })
    const added = await add('velox', '--yes')
    console.log(added.stdout, added.stderr)
    expect(added.exitCode).toBe(0)
    console.log(machines.peers('oak'), machines.peers('velox'))
    const again = await add('velox')
    console.log(again.stdout, again.stderr)
  })
})
