import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Home } from '../support/home'
import { sample } from '../support/long'
import { messageText } from '../support/message'

const home = new Home()
const temp = join(home.path, 'temp')
const at = (...parts: string[]) => join(home.path, 'projects', ...parts)
const inMill = { cwd: at('mill'), env: { TMPDIR: temp } }
const KEY = '-----BEGIN KEY-----\nsecret\n'

beforeEach(() => {
  for (const project of ['mill/notes', 'bakery/inbox/from-agents', 'shop'])
    mkdirSync(at(project), { recursive: true })
  mkdirSync(temp)
  home.write('.ssh/id', KEY)
})
afterEach(() => home.remove())

const send = (options: typeof inMill, ...args: string[]) => home.run('send', [...args, '--no-sign'], options)
const received = () =>
  readdirSync(home.inbox('bakery'))
    .filter((name) => name.endsWith('.org'))
    .map((name) => readFileSync(join(home.inbox('bakery'), name), 'utf8'))
const sent = { exitCode: 0, stderr: '' }
const refused = (path: string, where = 'the project here is mill') => ({
  exitCode: 2,
  stdout: '',
  stderr:
    'a text without a header must lie in this project or in the folder for temporary files: ' +
    `${path}\n${where}; if this file may be sent, give it on standard input: - < ${path}\n`,
})

describe('C9 a FILE without a header is composed where it lies', () => {
  it.each(
    sample(
      [
        ['in the project of the working folder', 'projects/mill/text', 'text'],
        ['deeper in it', 'projects/mill/notes/text', 'notes/text'],
        ['above the working folder', 'projects/mill/text', '../mill/text'],
        ['in the folder for temporary files', 'temp/text', '../../temp/text'],
      ],
      2,
    ),
  )('%s: sent', async (_, file, named) => {
    home.write(file, 'Three sacks.\n')
    for (const path of [named, join(home.path, file)])
      expect(await send(inMill, 'bakery', path, '--title', 'T')).toMatchObject(sent)
    expect(received()).toHaveLength(2)
  })

  it.each(
    sample(
      [
        ['elsewhere', '.ssh/id', () => {}],
        [
          'elsewhere, by a link in the project',
          'projects/mill/link',
          () => symlinkSync(join(home.path, '.ssh/id'), at('mill/link')),
        ],
        [
          'elsewhere, by a link to its folder',
          'projects/mill/keys/id',
          () => symlinkSync(join(home.path, '.ssh'), at('mill/keys')),
        ],
        [
          'elsewhere, by a link in the folder for temporary files',
          'temp/link',
          () => symlinkSync('../.ssh/id', join(temp, 'link')),
        ],
        ['elsewhere, by ..', 'projects/mill/../../.ssh/id', () => {}],
      ],
      2,
    ),
  )('%s: 2, nothing sent', async (_, named, prepare) => {
    prepare()
    const path = join(home.path, named.replace(/^projects.mill.\.\..*/, '.ssh/id'))
    for (const flags of [
      ['--title', 'T'],
      ['--type', 'query'],
      ['--conversation', 'c', '--dry-run'],
    ])
      expect(await send(inMill, 'bakery', path, ...flags)).toMatchObject(refused(join(home.path, '.ssh/id')))
    expect(received()).toEqual([])
  })

  it('in another project, or directly in a root: 2', async () => {
    home.write('projects/shop/text', KEY)
    expect(await send(inMill, 'bakery', '../shop/text', '--title', 'T')).toMatchObject(
      refused(at('shop/text')),
    )
    home.write('projects/text', KEY)
    expect(await send(inMill, 'bakery', '../text', '--title', 'T')).toMatchObject(refused(at('text')))
  })

  it('beside the working folder that is in no project: 2', async () => {
    const options = { ...inMill, cwd: join(home.path, '.ssh') }
    expect(await send(options, 'bakery', 'id', '--title', 'T')).toMatchObject(
      refused(join(home.path, '.ssh/id'), 'the working folder is in no project'),
    )
    home.write('temp/text', 'Three sacks.\n')
    expect(await send(options, 'bakery', join(temp, 'text'), '--title', 'T')).toMatchObject({
      exitCode: 0,
    })
  })

  it('as the BODY of an answer too', async () => {
    const name = '20260101T000000Z-from-bakery-sacks.org'
    const question = home.write(
      `projects/mill/inbox/from-agents/${name}`,
      messageText({ CONVERSATION_ID: 'sacks' }),
    )
    const path = join(home.path, '.ssh/id')
    for (const words of [[path], ['bakery', path]])
      expect(await send(inMill, '--reply-to', question, ...words)).toMatchObject(refused(path))
    home.write('projects/mill/text', 'Done.\n')
    expect(await send(inMill, '--reply-to', question, 'text')).toMatchObject(sent)
    expect(received()).toHaveLength(1)
  })

  it('with front matter that flags complete too: a file of secrets may begin like that', async () => {
    const path = home.write('.config/secrets.yaml', '---\ntoken: secret\n---\n')
    expect(await send(inMill, 'bakery', path, '--title', 'T')).toMatchObject(refused(path))
  })

  it('in a project that is a link, and in one that peers.toml places', async () => {
    mkdirSync(join(home.path, 'code'))
    renameSync(at('mill'), join(home.path, 'code/mill'))
    symlinkSync('../code/mill', at('mill'))
    home.write('code/mill/text', 'Three sacks.\n')
    for (const path of [at('mill/text'), join(home.path, 'code/mill/text')])
      expect(await send(inMill, 'bakery', path, '--title', 'T')).toMatchObject(sent)
    const placed = home.write('code/placed/text', 'Three sacks.\n')
    const inPlaced = { ...inMill, cwd: join(home.path, 'code/placed') }
    expect((await send(inPlaced, 'bakery', placed, '--title', 'T')).exitCode).toBe(2)
    mkdirSync(join(home.path, 'code/placed/inbox/from-agents'), { recursive: true })
    home.write(
      '.config/cross-agent-comms/peers.toml',
      '[projects.placed]\ninbox_path = "~/code/placed/inbox/from-agents"\n',
    )
    expect(await send(inPlaced, 'bakery', placed, '--title', 'T')).toMatchObject(sent)
  })

  it('rule 1: a message with its own header lies anywhere', async () => {
    const fields = messageText({ CONVERSATION_ID: 'sacks' })
    for (const [name, text] of [
      ['message.org', fields],
      [
        'front.md',
        `---\n${[...fields.matchAll(/^#\+(\w+: .*)$/gm)].map(([, field]) => field).join('\n')}\n---\ntext\n`,
      ],
    ] as const)
      expect(await send(inMill, 'bakery', home.write(name, text))).toMatchObject({ exitCode: 0 })
    expect(received()).toHaveLength(2)
  })

  it('a text on standard input comes from anywhere; HALT comes first', async () => {
    const line = 'exec cross-agent-send bakery - --title T --no-sign < "$HOME/.ssh/id"'
    home.stub(
      'cross-agent-send',
      `exec "${process.execPath}" "${join(import.meta.dirname, '../../packages/send/dist/cross-agent-send.cjs')}" "$@"`,
    )
    expect(await home.exec('sh', ['-c', line], inMill)).toMatchObject({ exitCode: 0 })
    home.write('.config/cross-agent-comms/HALT', '')
    expect((await send(inMill, 'bakery', '../../.ssh/id', '--title', 'T')).exitCode).toBe(5)
    rmSync(join(home.path, '.config'), { recursive: true })
  })
})

describe('C10 the type of an answer', () => {
  it.each(
    sample(
      [
        ['request', [], 'complete'],
        ['query', [], 'complete'],
        ['progress', [], 'progress'],
        ['complete', [], 'progress'],
        ['pushback', [], 'progress'],
        ['request', ['--type', 'query'], 'query'],
      ],
      2,
    ),
  )('to %s with %j is %s', async (type, flags, expected) => {
    const name = '20260101T000000Z-from-bakery-sacks.org'
    const fields = { CONVERSATION_ID: 'sacks', MESSAGE_TYPE: type }
    const path = home.write(`projects/mill/inbox/from-agents/${name}`, messageText(fields))
    expect(await send(inMill, '--reply-to', path, '-m', 'Well.', ...flags)).toMatchObject(sent)
    expect(received()[0]).toContain(`\n#+MESSAGE_TYPE: ${expected}\n`)
  })
})
