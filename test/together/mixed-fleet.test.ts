import { mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Home, type Outcome } from '../support/home'
import { itLong } from '../support/long'
import { messageText } from '../support/message'

const reference = process.env.CROSS_AGENT_REFERENCE

describe.skipIf(reference === undefined)('in one fleet with the scripts (CROSS_AGENT_REFERENCE)', () => {
  let home: Home
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

  // Not before: where the scripts are not there, nothing would remove it.
  beforeAll(async () => {
    home = new Home()
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
  itLong('a halt of either stops both, and a resume of either releases both', async () => {
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
  describe('what one side writes, the other side handles', () => {
    const ann = () => join(home.path, 'projects/ann')
    const send = (project: string, ...args: string[]) =>
      home.run('send', args, { cwd: join(home.path, 'projects', project) })
    const sentPath = ({ stdout, stderr }: Outcome) => {
      expect(stdout, stderr).toMatch(/^sent: /)
      return stdout.trim().replace('sent: ', '')
    }
    const waiting = async (side: typeof script, project: string) => {
      const { projects } = JSON.parse((await side('status', '--json')).stdout)
      return projects.find(({ name }: { name: string }) => name === project)?.pending_count
    }
    beforeEach(() => {
      for (const project of ['ann', 'bob']) {
        rmSync(home.inbox(project), { recursive: true, force: true })
        mkdirSync(home.inbox(project), { recursive: true })
      }
    })

    it('C9 C11 a script processes a composed message, and its answer (C10)', async () => {
      const request = sentPath(await send('ann', 'bob', '-m', 'Three sacks, please.'))
      const theirs = await script('recv', request)
      expect(theirs).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^decision: process\n/) })
      expect(theirs.stdout).toBe((await ours('recv', request)).stdout)
      const answer = sentPath(await send('bob', '--reply-to', request, '--type', 'complete', '-m', 'Done.'))
      expect(answer).toContain(`${home.inbox('ann')}/`)
      expect(await script('recv', answer)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('message_type: complete\n'),
      })
    })
    it('C3 C4 a script processes what was front matter, and a text with a title', async () => {
      const matter = home.write(
        'matter.md',
        '---\ntitle: Flour\ntags: [a, b]\nconversation-id: flour\nmessage_type: request\nsequence: 1\n' +
          'timestamp: 2026-04-27T04:11:42-05:00\nprotocol_version: 5\n---\n\n# Three sacks\n',
      )
      const text = home.write('text.md', 'Two sacks.\n')
      for (const args of [
        ['local.bob', matter],
        ['bob', text, '--title', 'Müsli'],
      ])
        expect(await script('recv', sentPath(await send('ann', ...args)))).toMatchObject({
          exitCode: 0,
          stdout: expect.stringMatching(/^decision: process\n/),
        })
    })
    it('C14 a script no longer counts or decides what is done', async () => {
      const paths = []
      for (const text of ['One', 'Two']) paths.push(sentPath(await send('ann', 'bob', '-m', text)))
      for (const side of [script, ours]) expect(await waiting(side, 'bob')).toBe(2)
      expect(await ours('recv', '--done', paths[0] ?? '')).toMatchObject({ exitCode: 0 })
      for (const side of [script, ours]) expect(await waiting(side, 'bob')).toBe(1)
      expect(await script('recv', paths[0] ?? '')).toMatchObject({ exitCode: 3 })
      expect(await script('recv', paths[1] ?? '')).toMatchObject({ exitCode: 0 })
      const moved = join(home.inbox('bob'), 'done', basename(paths[0] ?? ''))
      expect(await script('recv', moved)).toMatchObject({ exitCode: 0 })
    })
    itLong('C13 C14 what a script sends is shown by --next and finished by --done, once', async () => {
      for (const id of ['first', 'second']) {
        const message = home.write(`${id}.org`, messageText({ CONVERSATION_ID: id }))
        expect(await script('send', 'local.ann', message)).toMatchObject({ exitCode: 0 })
      }
      for (const id of ['first', 'second']) {
        const next = await home.run('recv', ['--next', '--json'], { cwd: ann() })
        expect(next).toMatchObject({ exitCode: 0 })
        const shown = JSON.parse(next.stdout)
        expect(shown).toMatchObject({ decision: 'process', conversation_id: id, body: 'Hello.\n', to: null })
        expect(await ours('recv', '--done', shown.path)).toMatchObject({ exitCode: 0 })
      }
      for (const side of [script, ours]) expect(await waiting(side, 'ann')).toBe(0)
      // The script's retry of a message that is done.
      expect(await script('send', 'local.ann', join(home.path, 'first.org'))).toMatchObject({ exitCode: 0 })
      expect(await home.run('recv', ['--next'], { cwd: ann() })).toMatchObject({ exitCode: 1 })
    })
    it("C12 the decision that --show prints first is the script's", async () => {
      expect(await script('send', 'local.bob', file())).toMatchObject({ exitCode: 0 })
      const [theirs, mine] = [await script('recv', newest()), await ours('recv', '--show', newest())]
      expect(mine.stdout.startsWith(theirs.stdout)).toBe(true)
      expect(mine.exitCode).toBe(theirs.exitCode)
    })
    it('C10 a message of a script is answered, and the script processes the answer', async () => {
      const sent = await home.exec(
        '/usr/bin/python3',
        [join(reference ?? '', 'cross-agent-send'), 'local.bob', file()],
        { cwd: ann() },
      )
      expect(sent).toMatchObject({ exitCode: 0 })
      const answer = sentPath(await send('bob', '--reply-to', newest(), '-m', 'In work.'))
      expect(answer).toContain(`${home.inbox('ann')}/`)
      expect(await script('recv', answer)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('message_type: complete\n'),
      })
    })
  })
})
