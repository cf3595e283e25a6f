import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Home } from './support/home'
import { fingerprint, gpg } from './support/keys'
import { messageText } from './support/message'

describe('C1 trusted signers', () => {
  const home = new Home()
  const inbox = home.inbox('bob')
  const path = join(inbox, '20260101T000000Z-from-mill-talk.org')
  let good = ''
  let other = ''
  const peers = (toml: string) => home.write('.config/cross-agent-comms/peers.toml', toml)
  const sign = (...names: string[]) =>
    gpg(
      home,
      ...names.flatMap((name) => ['--local-user', name]),
      '--armor',
      '--output',
      `${path}.asc`,
      '--detach-sign',
      path,
    )
  const verdict = async (message = path) => {
    const { exitCode, stdout } = await home.run('recv', [message])
    return `${exitCode} ${/^reason: (.*)$/m.exec(stdout)?.[1] ?? 'good'}`
  }

  beforeAll(async () => {
    await home.makeKey('good')
    await gpg(home, '--quick-gen-key', 'other', 'ed25519', 'sign', 'never')
    good = await fingerprint(home, 'good')
    other = await fingerprint(home, 'other')
    home.write('projects/bob/inbox/from-agents/20260101T000000Z-from-mill-talk.org', messageText())
  })
  beforeEach(() => sign('good'))
  afterAll(() => home.remove())

  it('without a list every good signature counts', async () => {
    peers('[peers.velox]\nhost = "h"\n')
    expect(await verdict()).toBe('0 good')
  })
  it('with a list only those by its keys, written with blanks or in small letters too', async () => {
    peers(`[trust]\nsigners = ["${good.toLowerCase().replace(/(.{4})/g, '$1 ')}"]\n`)
    expect(await verdict()).toBe('0 good')
    await sign('other')
    expect(await verdict()).toBe(`3 signer is not trusted: ${other}`)
    await sign('good', 'other')
    expect(await verdict()).toBe(`3 signer is not trusted: ${other}`)
  })
  it('an empty list denies everybody', async () => {
    peers('[trust]\nsigners = []\n')
    expect(await verdict()).toBe(`3 signer is not trusted: ${good}`)
  })
  it('a list per origin narrows it, and never widens it', async () => {
    peers(`[trust]\nsigners = ["${good}", "${other}"]\n[trust.from.mill]\nsigners = ["${other}"]\n`)
    expect(await verdict()).toBe(`3 signer is not trusted: ${good}`)
    await sign('other')
    expect(await verdict()).toBe('0 good')
    peers(`[trust]\nsigners = ["${good}"]\n[trust.from.mill]\nsigners = ["${other}", "${good}"]\n`)
    expect(await verdict()).toBe(`3 signer is not trusted: ${other}`)
  })
  it('a name that hides where it is from does not widen it', async () => {
    peers(`[trust]\nsigners = ["${good}", "${other}"]\n[trust.from.mill]\nsigners = ["${other}"]\n`)
    const renamed = join(inbox, '20260101T000000Z-from-mill-another.org')
    renameSync(path, renamed)
    renameSync(`${path}.asc`, `${renamed}.asc`)
    expect(await verdict(renamed)).toBe(`3 signer is not trusted: ${good}`)
    renameSync(renamed, path)
  })
  it.each([
    'trust = 1',
    '[trust]',
    '[trust]\nsigners = "all"',
    '[trust]\nsigners = ["ABCD1234"]',
    '[trust]\nsigners = [1]',
    '[trust]\nsigners = []\nfrom = 1',
    '[trust]\nsigners = []\n[trust.from]\nmill = ["x"]',
    '[trust',
    '["tr\\u0075st"]\nsigners = 1',
  ])('a malformed list rejects: %j', async (toml) => {
    peers(toml)
    expect(await verdict()).toMatch(/^3 trusted signers unknown: cannot read .*peers\.toml: /)
  })
  it('so does one that cannot be read', async () => {
    writeFileSync(peers(''), Buffer.from('[trust]\n# \xff', 'latin1'))
    expect(await verdict()).toMatch(/^3 trusted signers unknown: /)
  })
  it('and --no-verify asks no list', async () => {
    peers('[trust]\nsigners = []\n')
    expect(await home.run('recv', [path, '--no-verify'])).toMatchObject({ exitCode: 0 })
  })
})
