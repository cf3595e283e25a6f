import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { gpg } from '../support/keys'
import { isLong, LONGER, sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

beforeEach(() => {
  for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
})

const NAME = '20260101T000000Z-from-mill-sacks.org'
const SACKS = { CONVERSATION_ID: 'sacks', TITLE: 'Three sacks', SEQUENCE: '4' }
const as = (project: string) => ({ cwd: join(home.path, 'projects', project) })
/** The bakery's command, unsigned. */
const reply = (...args: string[]) => home.run('send', [...args, '--no-sign'], as('bakery'))
const received = (project: string) =>
  readdirSync(home.inbox(project))
    .filter((name) => name.endsWith('.org'))
    .map((name) => readFileSync(join(home.inbox(project), name), 'utf8'))
/** A message in the bakery's inbox, unsigned. */
const arrived = (fields: Record<string, string> = {}, name = NAME, folder = '') =>
  home.write(`projects/bakery/inbox/from-agents/${folder}${name}`, messageText({ ...SACKS, ...fields }))
const signed = async (path: string) => {
  await gpg(home, '--detach-sign', '--armor', '--output', `${path}.asc`, path)
  return path
}

describe('C10 an answer', () => {
  it('C10 C11 one line answers whoever sent a message, to and fro', async () => {
    await home.makeKey()
    const asked = await home.run('send', ['bakery', '-m', 'Three sacks, please.'], as('mill'))
    const question = asked.stdout.trim().slice('sent: '.length)
    const answered = await home.run(
      'send',
      ['--reply-to', question, '--type', 'complete', '-m', 'Done.'],
      as('bakery'),
    )
    expect(answered).toMatchObject({ exitCode: 0, stderr: '' })
    const answer = answered.stdout.trim().slice('sent: '.length)
    expect(answer).toMatch(/\/mill\/inbox\/from-agents\/\d{8}T\d{6}Z-from-bakery-three-sacks-please\.org$/)
    const text = readFileSync(answer, 'utf8')
    expect(text).toMatch(/^#\+TITLE: Re: Three sacks, please\.\n#\+CONVERSATION_ID: three-sacks-please\n/)
    expect(text).toContain('#+MESSAGE_TYPE: complete\n#+SEQUENCE: 2\n')
    expect(text).toContain(
      `#+FROM: ${home.machine}.bakery\n#+TO: ${home.machine}.mill\n#+IN_REPLY_TO: ${basename(question)}\n\nDone.\n`,
    )
    expect(await home.run('recv', [answer])).toMatchObject({ exitCode: 0 })
    const again = await home.run('send', ['--reply-to', answer, '-m', 'Thanks.'], as('mill'))
    expect(again).toMatchObject({ exitCode: 0, stderr: '' })
    expect(received('bakery').at(-1)).toMatch(
      /^#\+TITLE: Re: Three sacks, please\.\n[\s\S]*TYPE: progress\n#\+SEQUENCE: 3\n/,
    )
  })

  it('B52 of one of several messages that are done and had one name: asks which is meant', async () => {
    arrived({}, NAME, 'done/')
    arrived({ SEQUENCE: '5' }, NAME.replace('.org', '.2.org'), 'done/')
    const path = join(home.inbox('bakery'), NAME)
    expect(await reply('--reply-to', path, '-m', 'x')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^cannot tell which message to answer: .* had the name \S+\n.*\/done/),
    })
  })

  const reference = process.env.CROSS_AGENT_REFERENCE
  it.runIf(isLong && reference !== undefined)(
    'C10 the scripts process an answer to a message of theirs',
    LONGER,
    async () => {
      await home.makeKey()
      const message = home.write('m.org', messageText(SACKS))
      const asked = await home.exec(
        join(reference ?? '', 'cross-agent-send'),
        ['local.bakery', message],
        as('mill'),
      )
      const question = asked.stdout.trim().slice('sent: '.length)
      const answered = await home.run('send', ['--reply-to', question, '-m', 'Done.'], as('bakery'))
      expect(answered).toMatchObject({ exitCode: 0, stderr: '' })
      const answer = answered.stdout.trim().slice('sent: '.length)
      expect(await home.exec(join(reference ?? '', 'cross-agent-recv'), [answer])).toMatchObject({
        exitCode: 0,
      })
    },
  )

  it.each(
    sample(
      [
        ['where it came', NAME, '', NAME],
        ['in done/', NAME, 'done/', NAME],
        ['in done/ under a name without a stamp', `done-${NAME}`, 'done/', NAME],
      ],
      1,
    ),
  )('C10 C14 to a message that lies %s', async (_, name, folder, expected) => {
    arrived({}, name, folder)
    const path = join(home.inbox('bakery'), NAME)
    expect(await reply('--reply-to', path, '-m', 'Done.')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(received('mill')).toEqual([expect.stringContaining(`#+SEQUENCE: 5\n`)])
    expect(received('mill')[0]).toContain(`#+IN_REPLY_TO: ${expected}\n`)
  })

  itLong('C10 Re: is not doubled, and a title may be given', async () => {
    const path = arrived({ TITLE: 'RE: Three sacks' })
    await reply('--reply-to', path, '-m', 'x')
    await reply('--reply-to', path, '--title', 'Flour', '-m', 'y')
    expect(received('mill').map((text) => text.split('\n')[0])).toEqual([
      '#+TITLE: RE: Three sacks',
      '#+TITLE: Flour',
    ])
  })

  it('C10 the sequence counts the answered message wherever it lies', async () => {
    const elsewhere = home.write(`elsewhere/${NAME}`, messageText({ ...SACKS, SEQUENCE: '9' }))
    home.write(`projects/mill/inbox/from-agents/${NAME}`, messageText(SACKS))
    expect(await reply('--reply-to', elsewhere, '-m', 'x')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(received('mill').at(-1)).toContain('#+SEQUENCE: 10\n')
  })

  it('C10 a message of the scripts without a title is answered by its conversation', async () => {
    const path = home.write(
      `projects/bakery/inbox/from-agents/${NAME}`,
      messageText({ ...SACKS, TITLE: undefined }),
    )
    expect(await reply('--reply-to', path, '-m', 'x')).toMatchObject({ exitCode: 0 })
    expect(received('mill')[0]).toMatch(/^#\+TITLE: Re: sacks\n/)
  })
})

describe('C10 the words of the command line', () => {
  itLong('C10 a file, standard input, and two words', async () => {
    const path = arrived()
    const body = home.write('body.md', 'From a file.')
    expect(await reply('--reply-to', path, body)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(received('mill')[0]).toMatch(/\n\nFrom a file\.\n$/)
    mkdirSync(home.inbox('oven'), { recursive: true })
    expect(await reply('--reply-to', path, 'oven', body)).toMatchObject({ exitCode: 0 })
    expect(await reply('local.oven', '--reply-to', path, '-m', 'As text.')).toMatchObject({ exitCode: 0 })
    const bodies = received('oven').map((text) => text.split('\n\n')[1])
    expect(bodies.sort()).toEqual(['As text.\n', 'From a file.\n'])
    // Standard input is empty here, though there would be a title all the same.
    expect(await reply('--reply-to', path, '-')).toMatchObject({ exitCode: 4 })
    expect(received('mill')).toHaveLength(1)
  })

  it('C10 front matter in an answer: what it says goes before what is made', async () => {
    const body = home.write('body.md', '---\ntype-of: note\nmessage_type: complete\n---\nDone.\n')
    expect(await reply('--reply-to', arrived(), body)).toMatchObject({ exitCode: 0 })
    expect(received('mill')[0]).toMatch(/MESSAGE_TYPE: complete\n[\s\S]*#\+TYPE_OF: note\n\nDone\.\n$/)
  })

  it.each(
    sample(
      [
        [['--reply-to', 'FILE'], 2, 'nothing to answer with'],
        [['--reply-to', 'FILE', 'a', 'b', '-m', 'x'], 2, 'not both'],
        [['--reply-to', 'absent.org', '-m', 'x'], 1, 'message file not found: absent.org'],
        [['--reply-to', 'FILE', '-m', '#+TITLE: x\n'], 2, 'has a header already'],
        [['--reply-to', 'PLAIN', '-m', 'x'], 4, 'no CONVERSATION_ID'],
        [['--reply-to', 'FILE', '--type', 'done', '-m', 'x'], 2, 'did you mean'],
      ],
      2,
    ),
  )('C10 %j is refused', async (args, exitCode, words) => {
    const paths: Record<string, string> = { FILE: arrived(), PLAIN: home.write('plain.md', 'Hello.\n') }
    const refused = await reply(...args.map((word) => paths[word] ?? word))
    expect(refused).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(words) })
    expect(received('mill')).toEqual([])
  })
})

describe('C10 C11 where an answer goes', () => {
  const STRANGER = '20260101T000000Z-from-stranger-sacks.org'
  const dry = (path: string) => home.run('send', ['--reply-to', path, '-m', 'x', '--dry-run'], as('bakery'))

  it('C11 FROM counts where the signature is good, whatever the file is called', async () => {
    await home.makeKey()
    const from = { FROM: `${home.machine}.mill` }
    const path = await signed(arrived(from, STRANGER))
    expect(await reply('--reply-to', path, '-m', 'x')).toMatchObject({ exitCode: 0 })
    expect(received('mill')).toHaveLength(1)
  })

  it.each(sample(['none', 'of other bytes', 'of a stranger by [trust]'], 1))(
    'C11 with a signature %s FROM is not heeded',
    async (signature) => {
      await home.makeKey()
      const path = arrived({ FROM: 'local.mill' }, STRANGER)
      if (signature !== 'none') await signed(path)
      if (signature === 'of other bytes') writeFileSync(path, `${readFileSync(path, 'utf8')}more\n`)
      if (signature.includes('[trust]'))
        home.write('.config/cross-agent-comms/peers.toml', `[trust]\nsigners = ["${'A'.repeat(40)}"]\n`)
      expect(await reply('--reply-to', path, '-m', 'x')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(
          /'local\.mill' does not count[\s\S]*--reply-to FILE DESTINATION -m TEXT/,
        ),
      })
      expect(received('mill')).toEqual([])
      // Named, it can be answered.
      expect(await reply('mill', '--reply-to', path, '-m', 'x')).toMatchObject({ exitCode: 0 })
    },
  )

  itLong('C11 a signed FROM that is not a project here makes none', async () => {
    await home.makeKey()
    const path = await signed(arrived({ FROM: 'local.mil' }))
    expect(await reply('--reply-to', path, '-m', 'x')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean mill?'),
    })
    expect(readdirSync(join(home.path, 'projects')).sort()).toEqual(['bakery', 'mill'])
  })

  itLong('C11 a machine in FROM is a peer by its name, else by its host', async () => {
    await home.makeKey()
    home.write(
      '.config/cross-agent-comms/peers.toml',
      '[peers.velox]\nhost = "velox.lan"\nssh_user = "me"\n[peers.pi]\nhost = "raspberry.lan"\nssh_user = ""\n[peers.broken]\nhost = "-x"\n',
    )
    const byName = await signed(arrived({ FROM: 'velox.oven' }, '20260101T000000Z-from-oven-sacks.org'))
    expect(await dry(byName)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('#+TO: velox.oven\n'),
      stderr: 'would be sent to: me@velox.lan:~/projects/oven/inbox/from-agents\n',
    })
    const byHost = await signed(arrived({ FROM: 'raspberry.oven' }, '20260101T000001Z-from-oven-sacks.org'))
    expect(await dry(byHost)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('#+TO: pi.oven\n'),
      stderr: 'would be sent to: raspberry.lan:~/projects/oven/inbox/from-agents\n',
    })
    const unknown = await signed(arrived({ FROM: 'stranger.oven' }, '20260101T000002Z-from-oven-sacks.org'))
    expect(await dry(unknown)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no peer') })
  })

  it.each(sample(['../../evil', 'a/../../b', '.', '..', 'a\u001b[2Jb'], 1))(
    'C11 a hostile FROM %j leads nowhere',
    async (project) => {
      await home.makeKey()
      home.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\n')
      for (const machine of ['local', 'velox']) {
        const path = await signed(arrived({ FROM: `${machine}.${project}` }, STRANGER))
        const refused = await reply('--reply-to', path, '-m', 'x')
        expect(refused.exitCode).toBe(2)
        expect(refused.stderr).not.toContain('\u001b')
        renameSync(`${path}.asc`, `${path}.${machine}.used`)
      }
      expect(readdirSync(home.path)).not.toContain('evil')
    },
  )

  it('C10 under HALT nothing is answered, and nothing is asked', async () => {
    const path = arrived({ FROM: 'local.mill' })
    home.stub('gpg', 'touch "$HOME/called"')
    home.write('.config/cross-agent-comms/HALT', 'stop')
    expect(await reply('--reply-to', path, '-m', 'x')).toMatchObject({ exitCode: 5, stdout: '' })
    expect(readdirSync(home.path)).not.toContain('called')
  })

  it('C10 HALT while gpg looks at the answered message ends it', async () => {
    const path = arrived({ FROM: 'local.mill' })
    writeFileSync(`${path}.asc`, 'signature')
    home.stub('gpg', 'touch "$HOME/.config/cross-agent-comms/HALT"; exec sleep 300')
    mkdirSync(join(home.path, '.config/cross-agent-comms'), { recursive: true })
    expect(await reply('--reply-to', path, '-m', 'x')).toMatchObject({ exitCode: 5, stdout: '' })
    expect(received('mill')).toEqual([])
  })
})
