import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { boundByModes, CAN_FORBID } from '../conformance/programs.mjs'
import { fingerprint, gpg } from '../support/keys'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

describe('C1 trusted signers', () => {
  const home = sharedHome()
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
    await home.makeKey('other')
    good = await fingerprint(home, 'good')
    other = await fingerprint(home, 'other')
    home.write('projects/bob/inbox/from-agents/20260101T000000Z-from-mill-talk.org', messageText())
  })
  beforeEach(() => sign('good'))

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
  it.each(
    sample(
      [
        ['20260101T000000Z-from-mill-another.org', 'signer'],
        ['20260101T000000Z-from-mill--talk.org', 'signer'],
        ['20260101T000000Z-from-mill-x-talk.org', 'signer'],
        ['20260101T000000Z-from-mill-x.org', 'signer'],
        ['20260101T000000Z-from-mill.org', 'name'],
        ['20260101T000000Z-from-mill-.org', 'name'],
        ['20260101T000000Z-from--talk.org', 'name'],
        ['20260101T000000Zfrom-mill-talk.org', 'name'],
        ['20260101-from-mill-talk.org', 'name'],
        ['from-mill-talk.org', 'name'],
        ['20260101T000000Z-from-mill-talk', 'name'],
        ['20260101T000000Z-from-mill-yard-talk.org', 'good'],
        ['20260101T000000Z-from-mills-talk.org', 'good'],
        ['20260101T000000Z-from-yard-mill-talk.org', 'good'],
      ],
      3,
    ),
  )('B39 the name %s does not avoid it', async (name, found) => {
    peers(
      `[trust]\nsigners = ["${good}", "${other}"]\n[trust.from.mill]\nsigners = ["${other}"]\n` +
        `[trust.from.mill-yard]\nsigners = ["${good}"]\n`,
    )
    const renamed = join(inbox, name)
    renameSync(path, renamed)
    renameSync(`${path}.asc`, `${renamed}.asc`)
    const reasons: Record<string, string> = {
      signer: `3 signer is not trusted: ${good}`,
      name: '3 [trust.from] needs the name <YYYYMMDDTHHMMSSZ>-from-<sender>-<conversation>.org to tell the sender',
      good: '0 good',
    }
    try {
      expect(await verdict(renamed)).toBe(reasons[found])
      // Without a list for a project any name will do.
      peers(`[trust]\nsigners = ["${good}"]\n[trust.from]\n`)
      expect(await verdict(renamed)).toBe('0 good')
    } finally {
      renameSync(renamed, path)
      renameSync(`${renamed}.asc`, `${path}.asc`)
    }
  })
  it('B39 a copy under a name that is rejected does not stand in the way', async () => {
    peers(`[trust]\nsigners = ["${good}"]\n[trust.from.mill]\nsigners = ["${good}"]\n`)
    const earlier = join(inbox, '20250101T000000Z-from-mill.org')
    for (const end of ['', '.asc']) copyFileSync(path + end, earlier + end)
    expect(await verdict()).toBe('0 good')
    for (const end of ['', '.asc']) rmSync(earlier + end)
  })
  it.each(
    sample(
      [
        'trust = 1',
        '[trust]',
        '[trust]\nsigners = "all"',
        '[trust]\nsigners = ["ABCD1234"]',
        '[trust]\nsigners = [1]',
        '[trust]\nsigners = []\nfrom = 1',
        '[trust]\nsigners = []\n[trust.from]\nmill = ["x"]',
        '[trust',
        '["tr\\u0075st"]\nsigners = 1',
      ],
      3,
    ),
  )('a malformed list rejects: %j', async (toml) => {
    peers(toml)
    expect(await verdict()).toMatch(/^3 trusted signers unknown: cannot read .*peers\.toml: /)
  })
  it('so does one that cannot be read', async () => {
    writeFileSync(peers(''), Buffer.from('[trust]\n# \xff', 'latin1'))
    expect(await verdict()).toMatch(/^3 trusted signers unknown: /)
  })
  describe('B36 what is at peers.toml and cannot be read', () => {
    const folder = join(home.path, '.config/cross-agent-comms')
    const file = join(folder, 'peers.toml')
    const clear = () => rmSync(join(home.path, '.config'), { recursive: true, force: true })
    const utf16 = Buffer.from(`[trust]\nsigners = []\n`, 'utf16le')
    beforeEach(() => {
      clear()
      mkdirSync(folder, { recursive: true })
    })
    afterEach(clear)

    it.each<[string, () => void]>(
      sample(
        [
          ['a dangling link', () => symlinkSync('/mnt/not/mounted/peers.toml', file)],
          ['a link to itself', () => symlinkSync('peers.toml', file)],
          ['a folder', () => mkdirSync(file)],
          ['a fifo', () => spawnSync('mkfifo', [file])],
          ['UTF-16', () => writeFileSync(file, Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]))],
          ['UTF-16 the other way round', () => writeFileSync(file, Buffer.from(utf16).swap16())],
          ['UTF-16 without its mark', () => writeFileSync(file, utf16)],
          ['Latin-1', () => writeFileSync(file, Buffer.from('# caf\xe9\n', 'latin1'))],
        ],
        3,
      ),
    )('rejects: %s', async (_, make) => {
      make()
      expect(await verdict()).toMatch(/^3 trusted signers unknown: cannot read .*peers\.toml: /)
    })
    it.skipIf(!CAN_FORBID)('rejects: without leave to read', async () => {
      chmodSync(peers(''), 0)
      const { program, arguments: args } = boundByModes({
        program: process.execPath,
        arguments: [binOf('recv'), path],
      })
      expect(await home.exec(program, args)).toMatchObject({
        exitCode: 3,
        stdout: expect.stringMatching(
          /^reason: trusted signers unknown: cannot read .*: EACCES: permission denied$/m,
        ),
      })
    })
    it('nothing there, not even a folder, is no list', async () => {
      expect(await verdict()).toBe('0 good')
      rmSync(folder, { recursive: true })
      expect(await verdict()).toBe('0 good')
    })
  })
  it('and --no-verify asks no list', async () => {
    peers('[trust]\nsigners = []\n')
    expect(await home.run('recv', [path, '--no-verify'])).toMatchObject({ exitCode: 0 })
  })
})
