import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Home } from './support/home'
import { gpg } from './support/keys'
import { messageText } from './support/message'

describe('B56 gpg that cannot write or read what is its own', () => {
  const home = new Home()
  const message = home.write(
    'projects/bob/inbox/from-agents/20260427T091142Z-from-mill-talk.org',
    messageText(),
  )
  /** Runs `work` while a folder stands where gpg looks for its file: so it is for root, too. */
  const without = async <Outcome>(name: string, work: () => Promise<Outcome>) => {
    const file = join(home.env.GNUPGHOME ?? '', name)
    renameSync(file, `${file}.away`)
    mkdirSync(file)
    try {
      return await work()
    } finally {
      rmSync(file, { recursive: true })
      renameSync(`${file}.away`, file)
    }
  }

  beforeAll(async () => {
    await home.makeKey()
    await gpg(home, '--armor', '--output', `${message}.asc`, '--detach-sign', message)
  })
  afterAll(() => home.remove())

  it('takes good mail without its database of trust', async () => {
    const found = await without('trustdb.gpg', () => home.run('recv', [message]))
    expect(found).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('decision: process\n') })
  })
  it('still rejects bad mail without it', async () => {
    const bad = home.write(
      'projects/bob/inbox/from-agents/20260427T091143Z-from-mill-bad.org',
      messageText({}, 'x'),
    )
    await gpg(home, '--armor', '--output', `${bad}.asc`, '--detach-sign', message)
    const found = await without('trustdb.gpg', () => home.run('recv', [bad]))
    expect(found).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('BAD signature') })
  })
  it('says that it cannot open its keyring', async () => {
    const found = await home.run('recv', [message], { env: { GNUPGHOME: '/nowhere' } })
    expect(found).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining(
        'reason: gpg verify failed: gpg cannot judge: it cannot open its keyring (gpg: ',
      ),
    })
  })
})
