import { type ChildProcess, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { outcomeOf } from '../support/home'
import { put, putSigned } from '../support/inbox'
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
})
