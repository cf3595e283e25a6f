import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { outcomeOf } from '../support/home'
import { sign } from '../support/inbox'
import { sharedFleet } from '../support/own-home'
import { until } from '../support/until'

const fleet = sharedFleet(['velox'], 137)
const { home } = fleet
const velox = fleet.machine('velox')
const asking = { cwd: join(home.path, 'projects/mill'), env: { CROSS_AGENT_SESSION: 'a' } }

beforeAll(async () => {
  mkdirSync(home.inbox('mill'), { recursive: true })
  for (const project of ['bakery', 'mill']) mkdirSync(velox.home.inbox(project), { recursive: true })
  await home.makeKey()
})

it('C28 the answer of a peer comes by rsync, its signature first', async () => {
  const child = home.start('send', ['velox.bakery', '-m', 'Which flour?', '--wait'], asking)
  const ended = outcomeOf(child)
  const question = await until(
    () => readdirSync(velox.home.inbox('bakery')).find((name) => name.endsWith('.org')),
    'the question is there',
  )
  const there = { cwd: join(velox.home.path, 'projects/bakery') }
  const args = ['--reply-to', join(velox.home.inbox('bakery'), question), 'local.mill', '-m', 'Rye.']
  const written = await velox.home.run('send', [...args, '--dry-run'], there)
  const name = '20260101T000000Z-from-bakery-which-flour.org'
  const path = join(velox.home.path, name)
  writeFileSync(path, written.stdout)
  await sign(home, path)
  for (const file of [`${path}.asc`, path])
    expect(await home.exec('rsync', ['-a', `velox:${file}`, `${home.inbox('mill')}/`])).toMatchObject({
      exitCode: 0,
    })
  const { exitCode, stdout, stderr } = await ended
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatch(/^sent: root@velox:.*\ndecision: process\n/)
  expect(stdout).toContain(`file: ${join(home.inbox('mill'), name)}\n`)
  expect(stdout).toMatch(/\n\nRye\.\n$/)
})

it('C28 a peer that cannot be reached: 3, and no waiting', async () => {
  velox.stop()
  const sent = await home.run('send', ['velox.bakery', '-m', 'x', '--wait', '--retries', '0'], asking)
  expect(sent).toMatchObject({ exitCode: 3, stdout: '' })
  expect(readdirSync(home.inbox('mill')).filter((name) => name.startsWith('.tmp.taken-w'))).toEqual([])
  velox.start()
})
