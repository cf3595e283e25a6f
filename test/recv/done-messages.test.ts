import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { homeForDone, LATER, NAME } from '../support/done'
import { outcomeOf } from '../support/home'
import { put, putSigned, sign } from '../support/inbox'
import { fingerprint, gpg } from '../support/keys'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { until } from '../support/until'

const { home, inbox, doneFolder, finish, recv } = homeForDone()

describe('C14 recv answers dedup for an identical copy of one that is done', () => {
  const dedup = (name: string) => ({
    exitCode: 1,
    stdout: expect.stringContaining(`reason: identical retry of done/${name}\n`),
  })
  itLong('whatever the name of either', async () => {
    for (const name of [NAME, 'm.org', '20260101T000000Z-from-mill-other.org']) {
      const path = await putSigned(home, 'bob', name, messageText())
      const where = (await finish(path)).stdout.slice('done: '.length, -1)
      for (const copy of [LATER, 'a.org', '20250101T000000Z-from-mill-talk.org']) {
        const retry = await putSigned(home, 'bob', copy, messageText())
        expect(await recv(retry)).toMatchObject(dedup(where.slice(doneFolder.length + 1)))
        for (const end of ['', '.asc']) rmSync(retry + end)
      }
      rmSync(doneFolder, { recursive: true })
    }
  })
  it('B38 also of one with an earlier name, which came later; only without --done both are processed', async () => {
    const later = await putSigned(home, 'bob', LATER, messageText())
    expect((await recv(later)).exitCode).toBe(0)
    const earlier = await putSigned(home, 'bob', NAME, messageText())
    expect((await recv(earlier)).exitCode).toBe(0)
    await finish(later)
    expect(await recv(earlier)).toMatchObject(dedup(LATER))
  })
  it('and one that got a number', async () => {
    put(home, 'bob', `done/${NAME}`, 'another')
    await finish(await putSigned(home, 'bob', NAME, messageText()))
    const retry = await putSigned(home, 'bob', LATER, messageText())
    expect(await recv(retry)).toMatchObject(dedup(NAME.replace('.org', '.2.org')))
  })
  it('but not with --no-dedup, nor for other text, nor in another project', async () => {
    await finish(await putSigned(home, 'bob', NAME, messageText()))
    const retry = await putSigned(home, 'bob', LATER, messageText())
    expect((await recv(retry, '--no-dedup')).exitCode).toBe(0)
    const other = await putSigned(home, 'bob', LATER, messageText({}, 'Hallo.\n'))
    expect((await recv(other)).exitCode).toBe(0)
    expect((await recv(await putSigned(home, 'ann', LATER, messageText()))).exitCode).toBe(0)
  })
  it('but not of a copy that nobody signed, or signed badly', async () => {
    put(home, 'bob', `done/${NAME}`, messageText())
    const retry = await putSigned(home, 'bob', LATER, messageText())
    expect((await recv(retry)).exitCode).toBe(0)
    put(home, 'bob', `done/${NAME}.asc`, 'bad')
    expect((await recv(retry)).exitCode).toBe(0)
    await sign(home, join(doneFolder, NAME))
    expect((await recv(retry)).exitCode).toBe(1)
  })
  it('but not of one that was rejected when it was done, so that its good retry is processed', async () => {
    put(home, 'bob', NAME, messageText())
    put(home, 'bob', `${NAME}.asc`, 'bad')
    expect((await recv(NAME)).exitCode).toBe(3)
    await finish(NAME)
    const retry = await putSigned(home, 'bob', LATER, messageText())
    expect((await recv(retry)).exitCode).toBe(0)
  })
  itLong('but not of one whose name [trust.from] rejects', async () => {
    const tester = await fingerprint(home, 'tester')
    const from = `[trust]\nsigners = ["${tester}"]\n[trust.from.career]\nsigners = []\n`
    home.write('.config/cross-agent-comms/peers.toml', from)
    // Each of these is rejected in the inbox, and so it is in done/.
    for (const name of [
      'm.org',
      `done-${NAME}`,
      NAME.replace('mill', 'career'),
      NAME.replace('mill-talk', 'career-x'),
    ]) {
      const path = await putSigned(home, 'bob', name, messageText())
      expect((await recv(path)).exitCode, name).toBe(3)
      await finish(path)
      const retry = await putSigned(home, 'bob', LATER, messageText())
      expect(await recv(retry), name).toMatchObject({ exitCode: 0 })
    }
    await finish(await putSigned(home, 'bob', NAME.replace('mill-talk', 'mill-x'), messageText()))
    expect((await recv(await putSigned(home, 'bob', LATER, messageText()))).exitCode).toBe(1)
  })
  it('and rejects where done/ cannot be read', async () => {
    const path = await putSigned(home, 'bob', NAME, messageText())
    mkdirSync(doneFolder)
    const strace = ['-f', '-o', '/dev/null', '-P', doneFolder, '-e', 'inject=getdents64:error=EIO']
    const decided = await home.exec('strace', [...strace, 'node', binOf('recv'), path])
    expect(decided).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching('^decision: reject\nreason: cannot read: '),
    })
  })
})

describe('C14 what is done is gone for the others', () => {
  it('for status', async () => {
    await finish(await putSigned(home, 'bob', NAME, messageText()))
    put(home, 'bob', LATER, messageText())
    const status = await home.run('status', ['--json'])
    expect(JSON.parse(status.stdout)).toMatchObject({ projects: [{ name: 'bob', pending_count: 1 }] })
  })
  const reference = process.env.CROSS_AGENT_REFERENCE
  it.skipIf(reference === undefined)('for the status of the scripts (CROSS_AGENT_REFERENCE)', async () => {
    await finish(await putSigned(home, 'bob', NAME, messageText()))
    put(home, 'bob', LATER, messageText())
    const args = [join(reference ?? '', 'cross-agent-status'), '--json']
    const status = await home.exec('/usr/bin/python3', args)
    expect(JSON.parse(status.stdout)).toMatchObject({ projects: [{ name: 'bob', pending_count: 1 }] })
  })
  it.each(sample([[[]], [['native']]], 1))('for watch: done/ is no news %s', async (how) => {
    home.stub('notify', 'exit 0')
    const log = join(home.path, '.local/state/cross-agent-comms/watch.log')
    const logged = () => (existsSync(log) ? readFileSync(log, 'utf8') : '')
    if (how.length > 0) home.stub('inotifywait', 'exit 127')
    const child = home.start('watch', [])
    const ended = outcomeOf(child)
    try {
      await until(() => {
        writeFileSync(join(inbox, `probe-${Date.now()}.org`), '')
        return logged() !== ''
      }, 'the watcher is ready')
      const path = await putSigned(home, 'bob', NAME, messageText())
      await until(() => logged().includes(NAME), 'the message is told of')
      expect((await finish(path)).exitCode).toBe(0)
      renameSync(home.write('last', ''), join(inbox, 'last.org'))
      await until(() => logged().includes('last.org'), 'the one after it is told of')
      expect(logged()).not.toMatch(/\tdone\b/)
      expect(logged().split(NAME)).toHaveLength(2)
    } finally {
      child.kill('SIGTERM')
      await ended
    }
  })
})

it('C14 the key of a done message may be gone: then its copy is not known', async () => {
  await home.makeKey('brief')
  await finish(await putSigned(home, 'bob', NAME, messageText(), 'brief'))
  const retry = await putSigned(home, 'bob', LATER, messageText(), 'tester')
  expect((await recv(retry)).exitCode).toBe(1)
  const brief = await fingerprint(home, 'brief')
  await gpg(home, '--delete-secret-and-public-key', brief)
  expect((await recv(retry)).exitCode).toBe(0)
})
