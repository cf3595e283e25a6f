import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.mjs'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedFleet } from '../support/own-home'

const fleet = sharedFleet(['velox'], 187)
const { home } = fleet
const velox = fleet.machine('velox')
const mill = join(home.path, 'projects/mill')
const HOUR = 60 * 60 * 1000
const NAME = '20260427T050000Z-from-mill-flour.org'

const places = [
  { machine: { home }, to: 'bakery', project: 'bakery', is: `${home.machine}.bakery` },
  { machine: velox, to: 'velox.bob', project: 'bob', is: 'velox.bob' },
]

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const { machine, project } of places) {
    rmSync(machine.home.inbox(project), { recursive: true, force: true })
    mkdirSync(machine.home.inbox(project), { recursive: true })
  }
  rmSync(home.inbox('mill'), { recursive: true, force: true })
  mkdirSync(home.inbox('mill'), { recursive: true })
})

/** Milliseconds after which send asks a peer no more, and has no line about it. */
const PATIENCE = 5_000

/** Sends with a clock that is ahead by some milliseconds, and expects this line, or none. */
const send = async (to: string, time: number, expected: string) => {
  const env = {
    CLOCK_OFF_BY: home.write('clock', String(time)),
    NODE_OPTIONS: `--import=${root}/test/support/clock.mjs`,
  }
  const start = performance.now()
  const sent = await home.run('send', [to, '-m', 'Three sacks.'], { cwd: mill, env })
  expect(sent, sent.stderr).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^sent: .*\n$/) })
  if (!mayBeLate(to, start) || sent.stderr !== '') expect(sent.stderr).toBe(expected)
}
/** Whether the machine is so slow that there need not be a line. */
const mayBeLate = (to: string, start: number) => to.includes('velox') && performance.now() - start > PATIENCE
const line = (is: string, what: string, time: string) =>
  `note: ${what} in ${is} for ${time}, and nobody has taken anything there since: cross-agent-status --sent\n`

describe.each(sample(places, 1))('C18 after sent to $to', ({ machine, to, project, is }) => {
  const inbox = machine.home.inbox(project)
  const put = (name = NAME, fields = {}) =>
    machine.home.write(
      `projects/${project}/inbox/from-agents/${name}`,
      messageText({ CONVERSATION_ID: 'flour', ...fields }),
    )

  it('a line says that nobody has taken anything for more than six hours', async () => {
    put()
    // Of others.
    put('20260427T050000Z-from-shop-flour.org')
    await send(to, 5 * HOUR, '')
    await send(to, 7 * HOUR, line(is, '1 message has waited', '7 hours'))
    put('20260427T050001Z-from-mill-flour.org', { SEQUENCE: '2' })
    await send(to, 20 * HOUR, line(is, '4 messages have waited', 'up to 20 hours'))
    const env = { HOME: machine.home.path }
    expect(await home.run('recv', ['--done', join(inbox, NAME)], { env })).toMatchObject({ exitCode: 0 })
    await send(to, 7 * HOUR, '')
  })

  itLong('it counts what waits: not what was answered or is new', async () => {
    put()
    await send(to, 7 * HOUR, line(is, '1 message has waited', '7 hours'))
    const answer = home.write(
      `projects/mill/inbox/from-agents/20260427T060000Z-from-${project}-flour.org`,
      messageText({ CONVERSATION_ID: 'flour', IN_REPLY_TO: NAME, SEQUENCE: '2' }),
    )
    await send(to, 7 * HOUR, '')
    rmSync(answer)
    await send(to, 7 * HOUR, line(is, '1 message has waited', '7 hours'))
  })
})

describe('C18 after sent to several (C29)', () => {
  itLong('each receiver has its line, and who only waits for an answer there has taken nothing', async () => {
    for (const { machine, project } of places) {
      const inbox = `projects/${project}/inbox/from-agents`
      machine.home.write(`${inbox}/${NAME}`, messageText({ CONVERSATION_ID: 'flour' }))
      machine.home.write(`${inbox}/.tmp.taken-w${'0'.repeat(24)}-1`, '{}\n')
    }
    const env = {
      CLOCK_OFF_BY: home.write('clock', String(7 * HOUR)),
      NODE_OPTIONS: `--import=${root}/test/support/clock.mjs`,
    }
    const start = performance.now()
    const sent = await home.run('send', ['bakery,velox.bob', '-m', 'Three sacks.'], { cwd: mill, env })
    expect(sent, sent.stderr).toMatchObject({ exitCode: 0 })
    for (const { to, is } of places)
      if (!mayBeLate(to, start)) expect(sent.stderr).toContain(`1 message has waited in ${is} for 7 hours`)
  })
})
