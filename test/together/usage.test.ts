import { mkdirSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { sample } from '../support/long'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
beforeAll(() => mkdirSync(home.inbox('bob'), { recursive: true }))

describe('a mistyped flag, choice or word', () => {
  it.each(
    sample(
      [
        ['status', ['--jsno'], 2, 'did you mean --json?'],
        ['send', ['bob', '--mesage', 'x'], 2, 'did you mean --message?'],
        ['recv', ['--nxt'], 2, 'did you mean --next?'],
        ['watch', ['--onse'], 1, 'did you mean --once?'],
        ['watch', ['onse'], 1, 'did you mean --once?'],
        ['watch', ['--hook', 'claud'], 1, 'did you mean claude?'],
        ['watch', ['--service', 'instal'], 1, 'did you mean install?'],
        ['watch', ['--projects-glob=x'], 1, 'did you mean --projects-glob?'],
        ['halt', ['--talinet'], 2, 'did you mean --tailnet?'],
      ],
      3,
    ),
  )('%s %j names the nearest', async (command, args, exitCode, hint) => {
    const outcome = await home.run(command, args)
    expect(outcome).toMatchObject({ exitCode, stdout: '' })
    expect(outcome.stderr.split('\n')).toContain(hint)
  })

  it('that is like no other names none', async () => {
    expect((await home.run('status', ['--zzzzzz'])).stderr).not.toContain('did you mean')
  })
})

describe('a command line that lacks a word shows the ways to use the command', () => {
  it.each(
    sample(
      [
        ['send', [], 2, 'to write: cross-agent-send DESTINATION -m TEXT'],
        ['send', ['bob'], 2, 'to write: cross-agent-send DESTINATION -m TEXT'],
        ['recv', [], 2, 'to read what waits here: cross-agent-recv --next'],
      ],
      3,
    ),
  )('%s %j', async (command, args, exitCode, form) => {
    const outcome = await home.run(command, args)
    expect(outcome).toMatchObject({ exitCode, stdout: '' })
    expect(outcome.stderr.split('\n')).toContain(form)
  })

  it('not one that is wrong otherwise', async () => {
    expect((await home.run('send', ['bob', 'a', 'b'])).stderr).not.toContain('to write')
  })
})

it('a text in place of a file names -m', async () => {
  const sent = await home.run('send', ['bob', 'Three sacks, please.'])
  expect(sent).toMatchObject({
    exitCode: 1,
    stderr: 'message file not found: Three sacks, please.\nto send a text, put -m before it\n',
  })
  expect((await home.run('send', ['bob', 'missing.org'])).stderr).toBe(
    'message file not found: missing.org\n',
  )
})
