import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { put, putSigned } from '../support/inbox'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

beforeEach(async () => {
  await home.makeKey()
  for (const project of ['alice', 'bob']) mkdirSync(home.inbox(project), { recursive: true })
})

const nameOf = (day: number, from: string, conversation = 'talk') =>
  `2026010${day}T000000Z-from-${from}-${conversation}.org`
const fields = (day: number, more: Record<string, string> = {}) => ({
  SEQUENCE: String(day),
  TIMESTAMP: `2026-01-0${day}T00:00:00Z`,
  TITLE: `Number ${day}`,
  ...more,
})
/** Message number `day` of the conversation, signed. */
const say = (day: number, from: string, to: string, more: Record<string, string> = {}) =>
  putSigned(home, to, nameOf(day, from, more.CONVERSATION_ID), messageText(fields(day, more)))
const thread = (args: readonly string[] = ['talk'], project?: string) =>
  home.run(
    'status',
    ['--thread', ...args],
    project === undefined ? {} : { cwd: join(home.path, 'projects', project) },
  )
interface Shown {
  readonly messages: readonly Record<string, unknown>[]
  readonly gaps: unknown
  readonly forks: unknown
}
const asJson = async (args: readonly string[] = ['talk'], project?: string): Promise<Shown> =>
  JSON.parse((await thread([...args, '--json'], project)).stdout)

describe('C7 status --thread', () => {
  it('C7 shows both directions in order, with what was done and what waits', async () => {
    const first = await say(1, 'alice', 'bob')
    await home.run('recv', ['--done', first])
    await say(2, 'bob', 'alice', { MESSAGE_TYPE: 'progress' })
    await say(3, 'alice', 'bob', { MESSAGE_TYPE: 'query' })
    await say(1, 'alice', 'bob', { CONVERSATION_ID: 'other-talk' })
    const { exitCode, stdout, stderr } = await thread(['talk'], 'bob')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const signed = expect.stringMatching(/^ {4}✓ signed by tester [0-9A-F]{40}$/)
    expect(stdout.split('\n')).toEqual([
      'talk: 3 messages on this machine, 2 waiting',
      '',
      '1  2026-01-01T00:00:00Z  request  done',
      '    alice → bob: Number 1',
      signed,
      `    ${home.inbox('bob')}/done/${nameOf(1, 'alice')}`,
      '',
      '2  2026-01-02T00:00:00Z  progress  waiting',
      '    bob → alice: Number 2',
      signed,
      `    ${home.inbox('alice')}/${nameOf(2, 'bob')}`,
      '',
      '3  2026-01-03T00:00:00Z  query  waiting',
      '    alice → bob: Number 3',
      signed,
      `    ${home.inbox('bob')}/${nameOf(3, 'alice')}`,
      '',
    ])
  })

  it('C7 --json has the same, with the header as it is written', async () => {
    const path = await say(1, 'alice', 'bob', { FROM: 'mill.alice' })
    const { exitCode, stdout } = await thread(['talk', '--json'])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      conversation_id: 'talk',
      messages: [
        {
          path,
          project: 'bob',
          from: 'mill.alice',
          message_type: 'request',
          sequence: '1',
          timestamp: '2026-01-01T00:00:00Z',
          title: 'Number 1',
          state: 'waiting',
          signature: {
            state: 'good',
            reason: null,
            signers: [{ user_id: 'tester', fingerprint: expect.stringMatching(/^[0-9A-F]{40}$/) }],
          },
        },
      ],
      gaps: [],
      forks: [],
    })
  })

  it('C7 what a release answers is released, what comes after it waits', async () => {
    await say(1, 'alice', 'bob')
    await say(2, 'alice', 'bob', { MESSAGE_TYPE: 'release' })
    await say(3, 'alice', 'bob')
    expect((await asJson()).messages.map(({ state }) => state)).toEqual(['released', 'released', 'waiting'])
  })

  it('B65 what nobody signed makes no gap and no fork', async () => {
    await say(1, 'alice', 'bob')
    put(home, 'bob', nameOf(2, 'alice'), messageText({ SEQUENCE: '9' }))
    put(home, 'bob', nameOf(3, 'alice'), messageText({ SEQUENCE: '1', TITLE: 'Another' }))
    const { messages, gaps, forks } = await asJson()
    expect(messages).toHaveLength(3)
    expect({ gaps, forks }).toEqual({ gaps: [], forks: [] })
  })

  it('C7 goes by the instants of offsets, then by the sequence', async () => {
    await say(1, 'alice', 'bob', { TIMESTAMP: '2026-01-01T12:00:00+05:00' })
    await say(2, 'bob', 'alice', { TIMESTAMP: '2026-01-01T08:00:00Z', SEQUENCE: '3' })
    await say(3, 'alice', 'bob', { TIMESTAMP: '2026-01-01T08:00:00Z', SEQUENCE: '2' })
    expect((await asJson()).messages.map(({ sequence }) => sequence)).toEqual(['1', '2', '3'])
  })

  it('C7 names gaps and forks; an identical copy is none', async () => {
    await say(2, 'alice', 'bob')
    for (const end of ['', '.asc'])
      copyFileSync(
        join(home.inbox('bob'), nameOf(2, 'alice') + end),
        join(home.inbox('bob'), nameOf(3, 'alice') + end),
      )
    await say(6, 'alice', 'bob')
    await say(7, 'bob', 'alice', { SEQUENCE: '6' })
    const shown = await asJson()
    expect(shown.gaps).toEqual([
      { first: '1', last: '1' },
      { first: '3', last: '5' },
    ])
    expect(shown.forks).toEqual([
      {
        sequence: '6',
        paths: [join(home.inbox('bob'), nameOf(6, 'alice')), join(home.inbox('alice'), nameOf(7, 'bob'))],
      },
    ])
    const { stdout } = await thread()
    expect(stdout.split('\n').slice(-3)).toEqual([
      '⚠ not on this machine, so sent to another or lost: number 1, 3 to 5',
      '⚠ fork: 2 different messages are number 6',
      '',
    ])
  })

  it('C7 verifies signatures as recv does', async () => {
    put(home, 'bob', nameOf(1, 'alice'), messageText(fields(1)))
    const changed = await say(2, 'alice', 'bob')
    writeFileSync(changed, messageText(fields(2, { TITLE: 'Another' })))
    await say(3, 'alice', 'bob')
    home.write('.config/cross-agent-comms/peers.toml', `[trust]\nsigners = ["${'A'.repeat(40)}"]\n`)
    expect((await asJson()).messages.map(({ signature }) => signature)).toEqual([
      { state: 'bad', reason: expect.stringContaining('signature file missing'), signers: [] },
      { state: 'bad', reason: expect.stringContaining('gpg verify failed'), signers: [] },
      { state: 'bad', reason: expect.stringMatching(/^signer is not trusted: [0-9A-F]{40}$/), signers: [] },
    ])
    expect((await thread()).stdout).toContain('    ✗ signature file missing')
  })

  itLong('C7 --here and --project keep to what came to a project and from it', async () => {
    await say(1, 'alice', 'bob')
    await say(2, 'bob', 'alice')
    mkdirSync(home.inbox('carol'), { recursive: true })
    await say(3, 'alice', 'carol')
    const numbers = async (args: string[], project?: string) =>
      (await asJson(args, project)).messages.map(({ sequence }) => sequence)
    expect(await numbers(['talk'])).toEqual(['1', '2', '3'])
    expect(await numbers(['talk', '--here'], 'bob')).toEqual(['1', '2'])
    expect(await numbers(['talk', '--project', 'carol'])).toEqual(['3'])
    // What the others have is no gap.
    expect((await asJson(['talk', '--project', 'carol'])).gaps).toEqual([])
  })

  it('C7 finds a message whose name says nothing of the conversation', async () => {
    const path = await say(1, 'alice', 'bob')
    renameSync(path, join(home.inbox('bob'), 'note.org'))
    expect((await asJson()).messages).toEqual([expect.objectContaining({ from: null, sequence: '1' })])
  })

  it('C7 takes the conversation from the header: names of other conversations may end alike', async () => {
    await say(1, 'alice', 'bob', { CONVERSATION_ID: 'small-talk' })
    const { exitCode, stdout, stderr } = await thread(['talk'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toBe(
      'no message of that conversation on this machine: talk\nlist the waiting messages with: cross-agent-status --messages\n',
    )
    expect((await thread(['smal-talk'])).stderr).toContain('the nearest: small-talk\n')
  })

  it('C7 B44 nothing in a message forges a line, and all fits 80 columns', async () => {
    const long = 'word '.repeat(60)
    put(
      home,
      'bob',
      'a\nb.org',
      messageText(fields(1, { TITLE: `x\u202ey\x1b[2J${long}`, FROM: `mill.\u2066${long}` })),
    )
    const { stdout } = await thread()
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\u2028\u202a-\u202e\u2066-\u2069]/)
    const lines = stdout.split('\n')
    expect(lines).toHaveLength(7)
    expect(
      lines.filter((line) => Array.from(line).length > 80 && !line.startsWith(`    ${home.path}`)),
    ).toEqual([])
  })

  it('C7 goes on under HALT, below the banner', async () => {
    await say(1, 'alice', 'bob')
    home.write('.config/cross-agent-comms/HALT', 'enough')
    const { exitCode, stdout } = await thread()
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^⚠ HALT ACTIVE[\s\S]*\n\ntalk: 1 message on this machine, 1 waiting\n/)
    expect(stdout).toContain('✓ signed by tester')
    expect((await asJson()).messages).toHaveLength(1)
  })

  it.each(sample([['--quiet'], ['--messages'], ['--exit-code'], ['--projects-glob', '*']], 1))(
    'C7 is not to be mixed with %s',
    async (...args) => {
      const { exitCode, stderr } = await thread(['talk', ...args])
      expect(exitCode).toBe(2)
      expect(stderr).toContain(`argument ${args[0]}: not allowed with argument --thread`)
    },
  )
})
