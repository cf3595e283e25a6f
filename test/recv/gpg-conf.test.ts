import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { fingerprint, gpg } from '../support/keys'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { has } from '../support/programs'

describe('B35 a gpg.conf that takes in strangers does not make their messages good', () => {
  const home = sharedHome()
  const stranger = sharedHome()
  const message = home.write('projects/bob/inbox/from-agents/20260101T000000Z-from-x-talk.org', messageText())
  const conf = (...lines: string[]) => {
    const folder = home.env.GNUPGHOME ?? ''
    for (const name of ['gpg.conf', 'dirmngr.conf'])
      writeFileSync(
        join(folder, name),
        `${lines.filter((_, at) => at === 0 || name === 'gpg.conf').join('\n')}\n`,
      )
  }
  const sign = (...args: string[]) =>
    gpg(stranger, ...args, '--armor', '--output', `${message}.asc`, '--detach-sign', message)
  const verifyPlainly = () => home.exec('gpg', ['--batch', '--verify', `${message}.asc`, message])
  const knowsStranger = async () =>
    (await home.exec('gpg', ['--list-keys', await fingerprint(stranger, 'stranger')])).exitCode === 0
  const expectRejection = async () => {
    expect(await home.run('recv', [message])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/^reason: gpg verify failed: .*No public key$/m),
    })
    expect(await knowsStranger()).toBe(false)
  }

  beforeAll(async () => {
    await home.makeKey()
    await stranger.makeKey('stranger')
  })

  it('by the key that comes with the signature', async () => {
    conf('# nothing', 'auto-key-import')
    await sign('--include-key-block')
    await expectRejection()
    // That is what it would come to.
    expect(await verifyPlainly()).toMatchObject({ exitCode: 0 })
    expect(await knowsStranger()).toBe(true)
    await gpg(home, '--delete-keys', await fingerprint(stranger, 'stranger'))
  })

  it.skipIf(!has('dirmngr'))('by a key that is fetched: nobody is asked', async () => {
    const key = await gpg(stranger, '--armor', '--export', 'stranger')
    const requests: string[] = []
    let connections = 0
    const server = createServer((request, response) => {
      requests.push(request.url ?? '')
      response.end(key)
    }).on('connection', () => connections++)
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    // A server that listens on a port has such an address.
    const { port } = server.address() as AddressInfo
    try {
      conf(
        `keyserver hkp://127.0.0.1:${port}`,
        'auto-key-retrieve',
        'auto-key-locate keyserver',
        'keyserver-options auto-key-retrieve,honor-keyserver-url',
      )
      await sign('--sig-keyserver-url', `http://127.0.0.1:${port}/key.asc`)
      await expectRejection()
      expect(connections).toBe(0)
      await verifyPlainly()
      expect(connections).toBeGreaterThan(0)
      expect(await knowsStranger(), requests.join(' ')).toBe(true)
    } finally {
      await home.exec('gpgconf', ['--kill', 'dirmngr'])
      server.closeAllConnections()
      server.close()
    }
  })

  it('and a message of ours is good as before', async () => {
    rmSync(`${message}.asc`)
    await gpg(home, '--armor', '--output', `${message}.asc`, '--detach-sign', message)
    expect(readFileSync(join(home.env.GNUPGHOME ?? '', 'gpg.conf'), 'utf8')).toContain('auto-key')
    expect(await home.run('recv', [message])).toMatchObject({ exitCode: 0 })
  })
})
