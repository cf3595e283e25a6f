import { mkdirSync } from 'node:fs'
import { columnsOf } from '@cac/core/text/width'
import { beforeAll, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { outcomeOf } from '../support/home'
import { put, putSigned } from '../support/inbox'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { until } from '../support/until'

const home = sharedHome()
const COLOUR = /\x1b\[[0-9;]*m/g

beforeAll(async () => {
  await home.makeKey()
  mkdirSync(home.inbox('mill'), { recursive: true })
  const titles = [
    'Flour?',
    `Long ${'word '.repeat(40)}`,
    '\u9eb5\u7c89'.repeat(40),
    '\u{1f35e}'.repeat(60),
    'e\u0301'.repeat(90),
  ]
  for (const [n, title] of titles.entries())
    await putSigned(home, 'bob', `20260101T00000${n}Z-from-mill-talk.org`, messageText({ TITLE: title }))
  put(home, 'bob', '20260101T000009Z-from-mill-talk.org', messageText({ TITLE: '\x1b[2Jno' }))
})

/** Follows on a terminal of so many columns until it is ready, then lets `more` run on that terminal. */
async function follow(columns: number, more = '', env: Record<string, string> = {}): Promise<string> {
  const ready = `${home.path}/on-${columns}`
  const line = `stty cols ${columns} rows 24
'${process.execPath}' '${binOf('status')}' --follow &
${more}
until [ -e '${ready}-stop' ]; do sleep 0.05; done
kill $!; wait`
  const child = home.spawn('script', ['-qefc', line, '/dev/null'], {
    env: { TERM: 'xterm', SHELL: '/bin/sh', ...env },
  })
  const ended = outcomeOf(child)
  let said = ''
  child.stdout?.on('data', (text: string) => {
    said += text
  })
  await until(() => /ready[^\n]*\n/.test(said), 'it follows')
  if (more !== '') await until(() => said.includes('afterwards'), 'what comes afterwards')
  home.write(`on-${columns}-stop`, '')
  await ended
  return said.replaceAll('\r\n', '\n')
}
const linesOf = (said: string) =>
  said
    .split('\n')
    .filter((line) => line.includes('Z'))
    .map((line) => line.replaceAll(COLOUR, ''))

it.each([80, 120, 33])('C31 --follow cuts each line to %i columns and colours it', async (columns) => {
  const said = await follow(columns)
  const lines = linesOf(said)
  expect(lines).toHaveLength(7)
  for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns)
  const cut = lines.filter((line) => line.endsWith('\u2026'))
  expect(cut.length).toBeGreaterThanOrEqual(5)
  for (const line of cut) expect(columnsOf(line)).toBeGreaterThanOrEqual(columns - 1)
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\dZ {2}waits {5}mill/)
  expect(said).toContain('\x1b[33mwaits')
  expect(said.replaceAll(COLOUR, '')).not.toContain('\x1b')
})

it('C31 --follow has no colour where NO_COLOR is set', async () => {
  expect(await follow(79, '', { NO_COLOR: '1' })).not.toContain('\x1b[')
})

it('C31 --follow knows when its window has become wider', async () => {
  const title = `afterwards ${'word '.repeat(30)}`
  const message = await putSigned(home, 'mill', 'x.org', messageText({ TITLE: title }))
  await home.exec('mv', [message, `${home.path}/x.org`])
  await home.exec('mv', [`${message}.asc`, home.inbox('mill')])
  // The window changes once it follows, and a message comes behind that.
  home.stub('gpg', 'exec /usr/bin/gpg "$@"')
  const more = `until [ -e '${home.path}/wider' ]; do sleep 0.05; done
stty cols 110
mv '${home.path}/x.org' '${message}'`
  const followed = follow(60, more)
  home.write('wider', '')
  const lines = linesOf(await followed)
  const last = lines.find((line) => line.includes('afterwards')) ?? ''
  expect(columnsOf(last)).toBeGreaterThan(60)
  expect(columnsOf(last)).toBeLessThanOrEqual(110)
})
