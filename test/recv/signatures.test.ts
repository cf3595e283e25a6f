import { rmSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { gpg, revoke } from '../support/keys'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

/** What real gpg says of real signatures by real keys, and what recv makes of it. */
describe('B3 verdicts on signatures', () => {
  const home = sharedHome()
  const message = home.write('projects/bob/inbox/from-agents/message.org', messageText())
  const signature = `${message}.asc`
  const sign = (...args: string[]) =>
    gpg(home, ...args, '--armor', '--output', signature, '--detach-sign', message)
  const verdict = async () => {
    const received = await home.run('recv', [message])
    return `${received.exitCode} ${/^reason: (.*)$/m.exec(received.stdout)?.[1] ?? 'good'}`
  }

  beforeAll(async () => {
    await home.makeKey('good')
    const make = (name: string, validity = 'never', ...args: string[]) =>
      gpg(home, ...args, '--quick-gen-key', name, 'ed25519', 'sign', validity)
    await make('revoked')
    await make('stranger')
    await make('expired', '1y', '--faked-system-time', '20200101T000000!')
    await make('old', 'never', '--faked-system-time', '20200101T000000!')
  })

  it('good: process', async () => {
    await sign('--local-user', 'good')
    expect(await verdict()).toBe('0 good')
  })
  it('two good signatures: process', async () => {
    await sign('--local-user', 'good', '--local-user', 'stranger')
    expect(await verdict()).toBe('0 good')
  })
  it('by an expired key: reject, though gpg ends with 0', async () => {
    await sign('--local-user', 'expired', '--faked-system-time', '20200201T000000!')
    expect(await verdict()).toBe('3 gpg verify failed: the signing key has expired (EXPKEYSIG)')
  })
  it('an expired signature: reject', async () => {
    const then = ['--faked-system-time', '20200201T000000!', '--default-sig-expire', '1d']
    await sign('--local-user', 'old', ...then)
    expect(await verdict()).toMatch(/^3 gpg verify failed: .*expired/i)
  })
  it('over text, with line ends changed afterwards: reject, though gpg ends with 0', async () => {
    await sign('--local-user', 'good', '--textmode')
    writeFileSync(message, messageText().replaceAll('\n', '\r\n'))
    expect((await home.exec('gpg', ['--verify', signature, message])).exitCode).toBe(0)
    expect(await verdict()).toMatch(/^3 gpg verify failed: not a signature over the exact bytes/)
    writeFileSync(message, messageText())
  })
  it('good and revoked: reject, though gpg ends with 0', async () => {
    await sign('--local-user', 'good', '--local-user', 'revoked')
    await revoke(home, 'revoked')
    expect((await home.exec('gpg', ['--verify', signature, message])).exitCode).toBe(0)
    expect(await verdict()).toBe('3 gpg verify failed: the signing key has been revoked (REVKEYSIG)')
  })
  it('by an unknown key: reject', async () => {
    await sign('--local-user', 'stranger')
    await gpg(
      home,
      '--delete-secret-and-public-key',
      (await gpg(home, '--with-colons', '--list-keys', 'stranger')).match(/^fpr:+([0-9A-F]+)/m)?.[1] ?? '',
    )
    expect(await verdict()).toMatch(/^3 gpg verify failed: .*No public key/)
  })
  it('tampered: reject', async () => {
    await sign('--local-user', 'good')
    writeFileSync(message, messageText({}, 'Pay me.\n'))
    expect(await verdict()).toMatch(/^3 gpg verify failed: .*BAD signature/)
    writeFileSync(message, messageText())
  })
  it('clearsigned, empty, cut, missing: reject', async () => {
    await gpg(home, '--local-user', 'good', '--output', signature, '--clearsign', message)
    expect(await verdict()).toMatch(/^3 gpg verify failed: /)
    await sign('--local-user', 'good')
    for (const content of ['', '-----BEGIN PGP SIGNATURE-----\n\niHUEABYK']) {
      writeFileSync(signature, content)
      expect(await verdict()).toMatch(/^3 gpg verify failed: /)
    }
    rmSync(signature)
    expect(await verdict()).toBe('3 signature file missing: message.org.asc')
  })
})
