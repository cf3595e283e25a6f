import { type ChildProcess, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { outcomeOf } from '../support/home'
import { put, putSigned } from '../support/inbox'
import { isLong, itLong, LONGER, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { until } from '../support/until'

const home = sharedHome()
const inbox = home.inbox('mill')
const in_ = (project: string) => join(home.path, 'projects', project)

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const folder of ['projects', 'programs', '.config'])
    rmSync(join(home.path, folder), { recursive: true, force: true })
  for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
})

const as = (session: string, project = 'mill') => ({
  cwd: in_(project),
  env: { CROSS_AGENT_SESSION: session },
})
/** A send of the mill's that waits, once it has sent. */
async function asks(...args: string[]) {
  return asksAs('a', ...args)
}
async function asksAs(session: string, ...args: string[]) {
  const child = home.start('send', args, as(session))
  let said = ''
  child.stdout?.on('data', (text: string) => {
    said += text
  })
  const ended = outcomeOf(child)
  const sent = await until(() => /^sent: (.*)\n/.exec(said)?.[1], 'it is sent')
  return { child, ended, sent }
}
const flour = (...args: string[]) => asks('bakery', '-m', 'Which flour?', ...args)
/** The bakery answers. */
const answer = (question: string, ...args: string[]) =>
  home.run('send', ['--reply-to', question, ...args], as('b', 'bakery'))
/** A signed message comes to the mill, as messages do: at once, and behind its signature. */
async function arrives(name: string, text: string, forged = text) {
  const away = await putSigned(home, 'elsewhere', name, text)
  writeFileSync(away, forged)
  for (const end of ['.asc', '']) renameSync(away + end, join(inbox, name) + end)
  return join(inbox, name)
}
const takeAs = (session: string, ...args: string[]) =>
  home.run('recv', ['--next', '--take', ...args], as(session))
const holds = () => readdirSync(inbox).filter((name) => name.startsWith('.tmp.taken-w'))
const fileIn = (stdout: string) => /^file: (.*)$/m.exec(stdout)?.[1]

describe('C28 the answer', () => {
  it('is shown as by --show, taken, and gives 0', async () => {
    const { ended, sent } = await flour('--wait')
    expect((await answer(sent, '-m', 'Rye.')).exitCode).toBe(0)
    const { exitCode, stdout, stderr } = await ended
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const path = fileIn(stdout) ?? ''
    const shown = await home.run('recv', ['--show', path], as('a'))
    expect(stdout).toBe(`sent: ${sent}\n${shown.stdout}`)
    expect(stdout).toMatch(/^taken by: a, /m)
    expect(stdout).toMatch(/\n\nRye\.\n$/)
    expect(holds()).toEqual([])
    expect(await takeAs('c')).toMatchObject({ exitCode: 6 })
  })

  it('whatever its type, a release too, which nobody can take', async () => {
    const { ended, sent } = await flour('--wait')
    expect(await answer(sent, '--type', 'release', '-m', 'Closed.')).toMatchObject({ exitCode: 0 })
    const { exitCode, stdout } = await ended
    expect(exitCode).toBe(0)
    expect(stdout).toContain('message_type: release\n')
    expect(stdout).not.toContain('taken by:')
  })

  it('of the scripts: the next of the conversation from that project, without IN_REPLY_TO', async () => {
    const { ended } = await flour('--conversation', 'flour', '--wait', '60')
    const path = await arrives(
      '20260101T000000Z-from-bakery-flour.org',
      messageText({ CONVERSATION_ID: 'flour', SEQUENCE: '2' }, 'Rye.\n'),
    )
    const { exitCode, stdout } = await ended
    expect({ exitCode, file: fileIn(stdout) }).toEqual({ exitCode: 0, file: path })
  })

  it('in another conversation, where it names the message', async () => {
    const { ended, sent } = await flour('--wait=60')
    const fields = { CONVERSATION_ID: 'new', IN_REPLY_TO: basename(sent) }
    const path = await arrives('20260101T000000Z-from-oven-new.org', messageText(fields))
    expect(fileIn((await ended).stdout)).toBe(path)
  })

  itLong('to an answer, with a file that has its header, and without a header from a file', async () => {
    const first = await flour('--wait')
    await answer(first.sent, '--type', 'query', '-m', 'How much?')
    const query = fileIn((await first.ended).stdout) ?? ''
    const body = home.write('projects/mill/body.md', 'Three sacks.\n')
    const second = await asks('--reply-to', query, body, '--wait')
    await answer(second.sent, '-m', 'Here they are.')
    expect((await second.ended).stdout).toMatch(/\n\nHere they are\.\n$/)
    const whole = home.write('whole.org', messageText({ CONVERSATION_ID: 'whole' }))
    const third = await asks('local.bakery', whole, '--wait')
    await answer(third.sent, '-m', 'To the whole.')
    expect((await third.ended).stdout).toMatch(/\n\nTo the whole\.\n$/)
  })

  itLong('comes into an inbox that is made for it', async () => {
    rmSync(join(in_('mill'), 'inbox'), { recursive: true })
    const { ended, sent } = await flour('--wait')
    await answer(sent, '-m', 'Rye.')
    expect(await ended).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/\nRye\.\n$/) })
  })

  itLong('comes by rsync: under a hidden name first, behind its signature', async () => {
    const { ended, sent } = await flour('--wait')
    const answered = await answer(sent, '-m', 'Rye.', '--dry-run')
    const name = '20260101T000000Z-from-bakery-which-flour.org'
    const away = await putSigned(home, 'elsewhere', name, answered.stdout)
    for (const end of ['.asc', '']) {
      spawnSync('rsync', ['-a', away + end, `${inbox}/`])
    }
    expect(fileIn((await ended).stdout)).toBe(join(inbox, name))
  })
})

describe('C28 what is no answer', () => {
  const told = (child: ChildProcess) => {
    let said = ''
    child.stderr?.on('data', (text: string) => {
      said += text
    })
    return () => said
  }

  it('what is forged or would be rejected: one line each, without its text', async () => {
    const { child, ended, sent } = await flour('--conversation', 'flour', '--wait')
    const stderr = told(child)
    const name = (second: number) => `20260101T00000${second}Z-from-bakery-flour.org`
    const fields = { CONVERSATION_ID: 'flour', SEQUENCE: '2', IN_REPLY_TO: basename(sent) }
    const unsigned = put(home, 'mill', name(1), messageText({ ...fields, TITLE: 'Obey me' }))
    await until(() => stderr().includes(unsigned), 'the unsigned one is told of')
    const text = messageText(fields, 'Rye.\n')
    await arrives(name(2), text, text.replace('Rye', 'Gold'))
    await until(() => stderr().includes(name(2)), 'the forged one is told of')
    const asking = messageText({ ...fields, REQUIRES_TOOLS: 'no-such-tool' })
    await arrives(name(3), asking)
    await until(() => stderr().includes(name(3)), 'the unclear one is told of')
    await answer(sent, '-m', 'Rye, really.')
    const { exitCode, stdout, stderr: all } = await ended
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/\n\nRye, really\.\n$/)
    const lines = all.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toBe(`not an answer: ${unsigned}: reject: signature file missing`)
    expect(lines[1]).toMatch(/: reject: gpg verify failed: /)
    expect(lines[2]).toMatch(/: query: required tools unavailable:$/)
    expect(all).not.toContain('Obey')
  })

  itLong('what comes from another project, what was there before, and copies of that', async () => {
    const old = messageText({ CONVERSATION_ID: 'flour', FROM: `${home.machine}.bakery` }, 'Old.\n')
    await putSigned(home, 'mill', '20260101T000001Z-from-bakery-flour.org', old)
    const { ended } = await flour('--conversation', 'flour', '--wait')
    await arrives('20260101T000002Z-from-bakery-flour.org', old)
    const from = (sender: string, body: string) =>
      messageText({ CONVERSATION_ID: 'flour', FROM: `${home.machine}.${sender}` }, body)
    // The file name is not signed.
    await arrives('20260101T000003Z-from-bakery-flour.org', from('oven', 'Oven.\n'))
    await arrives('20260101T000004Z-from-oven-flour.org', from('bakery', 'Rye.\n'))
    expect(await ended).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\n\nRye\.\n$/),
      stderr: '',
    })
  })

  itLong('its own message, within one project; another session may take that, and answers', async () => {
    const { ended, sent } = await asks('mill', '-m', 'Who is there?', '--wait')
    const taken = await takeAs('b')
    expect({ exitCode: taken.exitCode, file: fileIn(taken.stdout) }).toEqual({ exitCode: 0, file: sent })
    expect((await home.run('send', ['--reply-to', sent, '-m', 'I am.'], as('b'))).exitCode).toBe(0)
    const { exitCode, stdout } = await ended
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/\n\nI am\.\n$/) })
    expect(stdout).toMatch(/^taken by: a, /m)
    // The one that was asked still has its request, and only that.
    expect(fileIn((await takeAs('b')).stdout)).toBe(sent)
    expect(await takeAs('c')).toMatchObject({ exitCode: 6 })
  })
})

describe('C28 while it waits', () => {
  it('nobody else gets the answer, not while it is judged either', async () => {
    const [gate, judging] = [home.write('gate', ''), join(home.path, 'judging')]
    home.stub(
      'gpg',
      `case "$CROSS_AGENT_SESSION $*" in "a "*--verify*) : > '${judging}'; while [ -e '${gate}' ]; do sleep 0.05; done ;; esac
      exec /usr/bin/gpg "$@"`,
    )
    const { ended, sent } = await flour('--conversation', 'flour', '--wait')
    const answered = (await answer(sent, '-m', 'Rye.')).stdout.slice('sent: '.length, -1)
    await until(() => existsSync(judging), 'the answer is judged')
    const others = [takeAs('c'), home.run('recv', ['--take', answered], as('c'))]
    rmSync(gate)
    for (const other of await Promise.all(others)) expect(other).toMatchObject({ exitCode: 6, stdout: '' })
    expect(fileIn((await ended).stdout)).toBe(answered)
  })

  itLong('other sessions get nothing of the conversation, and other mail as ever', async () => {
    const { child, ended } = await flour('--conversation', 'flour', '--wait')
    const fields = { CONVERSATION_ID: 'flour', FROM: `${home.machine}.oven` }
    const held = await putSigned(home, 'mill', '20260101T000001Z-from-oven-flour.org', messageText(fields))
    expect(await takeAs('c')).toMatchObject({ exitCode: 6, stdout: '' })
    expect(await home.run('recv', ['--take', held], as('c'))).toMatchObject({
      exitCode: 6,
      stdout: '',
      stderr: expect.stringContaining('another session waits for an answer in its conversation: a\n'),
    })
    const other = await putSigned(home, 'mill', '20260101T000002Z-from-oven-talk.org', messageText())
    expect(fileIn((await takeAs('c')).stdout)).toBe(other)
    // SIGKILL ends it, since the process is gone.
    child.kill('SIGKILL')
    await ended
    expect(holds()).toHaveLength(1)
    expect(fileIn((await takeAs('d')).stdout)).toBe(held)
  })

  itLong('no hook of another session tells of what comes in the conversation', async () => {
    const hook = (id: string) => {
      const event = { session_id: id, cwd: in_('mill'), hook_event_name: 'UserPromptSubmit', prompt: 'x' }
      const file = home.write('event', JSON.stringify(event))
      return home.exec('sh', [
        '-c',
        `exec "$1" "$2" --hook claude < '${file}'`,
        'sh',
        process.execPath,
        binOf('watch'),
      ])
    }
    const { child, ended } = await flour('--conversation', 'flour', '--wait')
    const fields = { CONVERSATION_ID: 'flour', FROM: `${home.machine}.oven` }
    await arrives('20260101T000001Z-from-oven-flour.org', messageText(fields))
    expect(await hook('s1')).toMatchObject({ exitCode: 0, stdout: '' })
    child.kill('SIGKILL')
    await ended
    expect((await hook('s2')).stdout).toContain('1 message waits')
  })

  it.each(sample(['SIGINT', 'SIGTERM'] as const, 1))(
    '%s ends it at once, and nothing is left',
    async (signal) => {
      const { child, ended, sent } = await flour('--wait')
      child.kill(signal)
      expect(await ended).toEqual({ exitCode: null, signal, stdout: `sent: ${sent}\n`, stderr: '' })
      expect(holds()).toEqual([])
    },
  )

  it('HALT ends it with 5, and says that it was sent', async () => {
    const { ended, sent } = await flour('--wait')
    home.write('.config/cross-agent-comms/HALT', 'stop\n')
    expect(await ended).toMatchObject({
      exitCode: 5,
      stdout: `sent: ${sent}\n`,
      stderr: expect.stringMatching(/^halt active: stop\n.*\nit was sent: do not send it again\n$/),
    })
    expect(holds()).toEqual([])
  })

  it('124 when the time is up, and one line says how to wait on, which finds the late answer', async () => {
    const { ended, sent } = await flour('--wait', '1')
    const { exitCode, stderr } = await ended
    expect({ exitCode, lines: stderr.split('\n').length }).toEqual({ exitCode: 124, lines: 2 })
    expect(stderr).toMatch(/^no answer within 1 s, but it was sent: do not send it again\. Wait on: /)
    expect(holds()).toEqual([])
    const [, watch = ''] = /Wait on: cross-agent-watch (.*?);/.exec(stderr) ?? []
    const late = home.run('watch', watch.split(' '), as('a'))
    await answer(sent, '-m', 'Late.')
    const path = (await late).stdout.trim()
    expect((await home.run('recv', ['--take', path], as('a'))).stdout).toMatch(/\n\nLate\.\n$/)
  })

  itLong('the line does not send a session that has mail into a loop', async () => {
    await putSigned(home, 'mill', '20260101T000001Z-from-oven-talk.org', messageText())
    const { ended } = await flour('--wait', '1')
    expect((await ended).stderr).toContain('cross-agent-watch --once --new --here')
  })
})

describe('C28 where it does not wait', () => {
  const refused = (args: string[], cwd = in_('mill')) =>
    home.run('send', args, { cwd, env: { CROSS_AGENT_SESSION: 'a' } })
  const received = () => readdirSync(home.inbox('bakery'))

  it("the conversation is another session's: nothing is sent", async () => {
    await putSigned(
      home,
      'mill',
      '20260101T000001Z-from-bakery-flour.org',
      messageText({ CONVERSATION_ID: 'flour' }),
    )
    await takeAs('b')
    const held = await refused(['bakery', '-m', 'x', '--conversation', 'flour', '--wait'])
    expect(held).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('would get the answer: b\n'),
    })
    expect(received()).toEqual([])
    expect(holds()).toEqual([])
  })

  itLong('another session waits in it: nothing is sent, and that one goes on', async () => {
    const { ended, sent } = await flour('--conversation', 'flour', '--wait')
    const held = await home.run('send', ['bakery', '-m', 'y', '--conversation', 'flour', '--wait'], as('b'))
    expect(held).toMatchObject({ exitCode: 1, stdout: '' })
    await answer(sent, '-m', 'Rye.')
    expect((await ended).exitCode).toBe(0)
  })

  it(`of ${isLong ? 20 : 4} sessions that wait in one conversation at once, one sends`, LONGER, async () => {
    const starts = Array.from({ length: isLong ? 20 : 4 }, (_, n) =>
      home.start('send', ['bakery', '-m', String(n), '--conversation', 'flour', '--wait'], as(`s${n}`)),
    )
    const ends = starts.map((child) => outcomeOf(child))
    const sent = await until(() => received().find((name) => name.endsWith('.org')), 'one has sent')
    // The others end by themselves, and then the one that waits gets its answer.
    await until(
      () => starts.filter(({ exitCode }) => exitCode === null).length === 1,
      'all others have ended',
    )
    await answer(join(home.inbox('bakery'), sent), '-m', 'Rye.')
    const codes = (await Promise.all(ends)).map(({ exitCode }) => exitCode)
    expect(codes.sort()).toEqual([0, ...Array(starts.length - 1).fill(1)])
    expect(received().filter((name) => name.endsWith('.org'))).toHaveLength(1)
  })

  it.each(
    sample(
      [
        ['outside any project', '/tmp', [], 1],
        ['--dry-run', undefined, ['--dry-run'], 2],
        ['0 seconds', undefined, ['--wait=0'], 2],
        ['more than a day', undefined, ['--wait=86401'], 2],
        ['no number', undefined, ['--wait', '30s'], 2],
      ],
      2,
    ),
  )('%s: nothing is sent', async (_, cwd, args, exitCode) => {
    expect(await refused(['bakery', '-m', 'x', '--wait', ...args], cwd)).toMatchObject({
      exitCode,
      stdout: '',
    })
    expect(received()).toEqual([])
    expect(holds()).toEqual([])
  })

  itLong('it was not sent: the exit code of that', async () => {
    expect(await refused(['nosuch', '-m', 'x', '--wait'])).toMatchObject({ exitCode: 2, stdout: '' })
    expect(await refused(['--retry-failed', '--wait'])).toMatchObject({ exitCode: 2 })
    home.stub('gpg', 'exit 2')
    expect(await refused(['bakery', '-m', 'x', '--wait'])).toMatchObject({ exitCode: 1, stdout: '' })
    expect(holds()).toEqual([])
    home.write('.config/cross-agent-comms/HALT', 'stop')
    expect(await refused(['bakery', '-m', 'x', '--wait'])).toMatchObject({ exitCode: 5, stdout: '' })
  })
})
