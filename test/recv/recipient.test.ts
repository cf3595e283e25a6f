import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { put, putSigned, sign } from '../support/inbox'
import { fingerprint } from '../support/keys'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
const NAME = '20260101T000000Z-from-mill-talk.org'
const LATER = NAME.replace('T000000', 'T000001')
const peers = (toml: string) => home.write('.config/cross-agent-comms/peers.toml', toml)

beforeAll(async () => {
  await home.makeKey('good')
  await home.makeKey('other')
})
beforeEach(() => {
  for (const folder of ['projects', 'elsewhere'])
    rmSync(join(home.path, folder), { recursive: true, force: true })
  peers('')
})

/** The exit code and the reason, where there is one. */
const verdict = async (path: string, cwd = home.path) => {
  const { exitCode, stdout, stderr } = await home.run('recv', [path], { cwd })
  expect(stderr).toBe('')
  return `${exitCode} ${/^reason: (.*)$/m.exec(stdout)?.[1] ?? 'good'}`
}
const messageTo = (to: string, from?: string) => messageText({ TO: to, FROM: from })
const stray = (to: string, here: string) =>
  `3 the message is for ${to}, not for ${here}, in whose inbox it lies`

describe('C11 TO', () => {
  it.each(sample(['oven.bob', 'local.bob', 'any-machine.bob'], 1))(
    '%s is processed in the inbox of bob',
    async (to) => {
      const path = await putSigned(home, 'bob', NAME, messageTo(to))
      expect(await verdict(path)).toBe('0 good')
      expect(await verdict(NAME, home.inbox('bob'))).toBe('0 good')
      expect(await verdict(`../from-agents/${NAME}`, home.inbox('bob'))).toBe('0 good')
    },
  )
  it('a signed message that was copied into another inbox is rejected, saying for whom it is', async () => {
    const path = await putSigned(home, 'ann', NAME, messageTo('oven.bob'))
    expect(await verdict(path)).toBe(stray('oven.bob', 'ann'))
    expect(await verdict(NAME, home.inbox('ann'))).toBe(stray('oven.bob', 'ann'))
    mkdirSync(home.inbox('bob'), { recursive: true })
    const roundabout = join(home.inbox('bob'), '../../../ann/inbox/from-agents', NAME)
    expect(await verdict(roundabout)).toBe(stray('oven.bob', 'ann'))
    const shown = await home.run('recv', ['--show', path])
    expect(shown.stdout).toContain('\nreason: the message is for another project\n')
    expect(shown.stdout).toContain('(body withheld: ')
    expect((await home.run('recv', ['--next'], { cwd: join(home.path, 'projects/ann') })).exitCode).toBe(3)
  })
  it('names a whole project: the name may hold dots, and be a part of another', async () => {
    expect(await verdict(await putSigned(home, 'my.bob', NAME, messageTo('oven.my.bob')))).toBe('0 good')
    const path = await putSigned(home, 'bobby', NAME, messageTo('oven.bob'))
    expect(await verdict(path)).toBe(stray('oven.bob', 'bobby'))
  })
  it.each(
    sample(['bob', '', '.bob', 'oven.', 'oven.ann/bob', 'oven.../bob', 'oven.ann.', 'a list of people'], 1),
  )(
    'B67 %j is no address: rejected beside a FROM that is one, else ignored as the scripts do',
    async (to) => {
      const path = await putSigned(home, 'bob', NAME, messageTo(to, 'oven.mill'))
      expect(await verdict(path)).toBe(`3 TO must be <machine>.<project>; got '${to}'`)
      for (const from of [undefined, 'Mill'])
        expect(await verdict(await putSigned(home, 'bob', LATER, messageTo(to, from)))).toBe('0 good')
    },
  )
  it('of a stranger shows nothing raw', async () => {
    const path = await putSigned(home, 'bob', NAME, messageTo('oven.\u202e\x1b[2J', 'oven.mill'))
    expect(await verdict(path)).toBe("3 TO must be <machine>.<project>; got 'oven.\\u202e\\x1b[2J'")
  })
  it('is looked at only where the signature is good', async () => {
    const path = put(home, 'ann', NAME, messageTo('oven.bob'))
    expect(await verdict(path)).toBe(`3 signature file missing: ${NAME}.asc`)
  })
  it('comes before dedup, so that no copy elsewhere hides a message', async () => {
    await putSigned(home, 'ann', NAME, messageTo('oven.bob'))
    const later = await putSigned(home, 'ann', NAME.replace('T000000', 'T000001'), messageTo('oven.bob'))
    expect(await verdict(later)).toBe(stray('oven.bob', 'ann'))
  })
  it('is not asked of a message that lies in no inbox', async () => {
    const path = home.write('elsewhere/m.org', messageTo('oven.bob'))
    await sign(home, path)
    expect(await verdict(path)).toBe('0 good')
  })
  it('a message without it is decided as before', async () => {
    for (const project of ['ann', 'bob'])
      expect(await verdict(await putSigned(home, project, NAME, messageText()))).toBe('0 good')
  })
  itLong('of a message that is done is held against its inbox', async () => {
    expect(await verdict(await putSigned(home, 'bob', `done/${NAME}`, messageTo('oven.bob')))).toBe('0 good')
    const path = await putSigned(home, 'ann', `done/${NAME}`, messageTo('oven.bob'))
    expect(await verdict(path)).toBe(stray('oven.bob', 'ann'))
  })
})

describe('C11 the project of an inbox', () => {
  itLong('has the name that peers.toml gives to a place elsewhere (B28)', async () => {
    for (const folder of ['elsewhere/mail', 'elsewhere/work/inbox/from-agents', 'projects/ann/mail']) {
      peers(`[projects.bob]\ninbox_path = "~/${folder}"\n`)
      const path = home.write(`${folder}/${NAME}`, messageTo('oven.bob'))
      await sign(home, path)
      expect(await verdict(path), folder).toBe('0 good')
      const wrong = home.write(`${folder}/${NAME}`, messageTo('oven.carol'))
      await sign(home, wrong)
      expect(await verdict(wrong), folder).toBe(stray('oven.carol', 'bob'))
      rmSync(join(home.path, folder), { recursive: true })
    }
  })
  itLong('has the name of the folder that holds it, where ~/projects is not', async () => {
    const path = home.write(`elsewhere/bob/inbox/from-agents/${NAME}`, messageTo('oven.bob'))
    await sign(home, path)
    expect(await verdict(path)).toBe('0 good')
    const wrong = home.write(`elsewhere/bob/inbox/from-agents/${NAME}`, messageTo('oven.ann'))
    await sign(home, wrong)
    expect(await verdict(wrong)).toBe(stray('oven.ann', 'bob'))
  })
  itLong('is the same through links', async () => {
    await putSigned(home, 'bob', NAME, messageTo('oven.bob'))
    const elsewhere = join(home.path, 'elsewhere')
    mkdirSync(elsewhere)
    renameSync(join(home.path, 'projects/bob'), join(elsewhere, 'robert'))
    symlinkSync(join(elsewhere, 'robert'), join(home.path, 'projects/bob'))
    expect(await verdict(join(home.inbox('bob'), NAME))).toBe('0 good')
    expect(await verdict(`inbox/from-agents/${NAME}`, join(home.path, 'projects/bob'))).toBe('0 good')
    expect(await verdict(join(elsewhere, 'robert/inbox/from-agents', NAME))).toBe('0 good')
    const wrong = await putSigned(home, 'bob', NAME, messageTo('oven.ann'))
    expect(await verdict(wrong)).toMatch(/^3 the message is for oven\.ann, not for /)
  })
})

describe('C11 [trust.from]', () => {
  let good = ''
  const from = (sender: string | undefined) => messageText({ FROM: sender })
  const named = (sender: string) => NAME.replace('mill', sender)
  beforeEach(async () => {
    good = await fingerprint(home, 'good')
    const other = await fingerprint(home, 'other')
    peers(
      `[trust]\nsigners = ["${good}", "${other}"]\n[trust.from.career]\nsigners = ["${other}"]\n[trust.from.mill]\nsigners = ["${good}"]\n`,
    )
  })
  it.each(
    sample(
      [
        ['the name', 'career', undefined],
        ['the name, though FROM is another', 'career', 'oven.mill'],
        ['FROM, though the name is another', 'mill', 'oven.career'],
        ['FROM, though the name is of no list', 'x', 'oven.career'],
        ['both', 'career', 'oven.career'],
      ],
      1,
    ),
  )('rejects a key that may not speak for %s', async (_, name, sender) => {
    const path = await putSigned(home, 'bob', named(name), from(sender), 'good')
    expect(await verdict(path)).toBe(`3 signer is not trusted: ${good}`)
  })
  it.each(
    sample(
      [
        ['the name', 'mill', undefined],
        ['both', 'mill', 'oven.mill'],
        ['one of them, the other of no list', 'x', 'oven.mill'],
        ['neither of a list', 'x', 'oven.y'],
      ],
      1,
    ),
  )('processes a key that may speak for %s', async (_, name, sender) => {
    const path = await putSigned(home, 'bob', named(name), from(sender), 'good')
    expect(await verdict(path)).toBe('0 good')
  })
  itLong('rejects a FROM that tells no project, and a name that tells none whatever FROM says', async () => {
    const path = await putSigned(home, 'bob', named('mill'), from('mill'), 'good')
    expect(await verdict(path)).toBe("3 [trust.from] needs a FROM like <machine>.<project>; got 'mill'")
    const odd = await putSigned(home, 'bob', 'm.org', from('oven.mill'), 'good')
    expect(await verdict(odd)).toMatch(/^3 \[trust\.from\] needs the name /)
  })
  itLong('asks nothing of FROM where there is no such table', async () => {
    peers(`[trust]\nsigners = ["${good}"]\n`)
    for (const sender of ['career', '', 'oven.career'])
      expect(await verdict(await putSigned(home, 'bob', 'm.org', from(sender), 'good'))).toBe('0 good')
  })
})
