import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { boundByModes, CAN_FORBID } from '../conformance/programs.mjs'
import { homeForDone, LATER, NAME } from '../support/done'
import { put, putSigned } from '../support/inbox'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'

const { home, inbox, doneFolder, finish, recv } = homeForDone()
const names = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : [])
/** What lies in the inbox and in its done/, by names. */
const lying = () => ({ inbox: names(inbox).filter((name) => name !== 'done'), done: names(doneFolder) })
const pair = (name: string) => [name, `${name}.asc`]
const failed = (words: string) => ({
  exitCode: 3,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`^[^\\n]*${words}[^\\n]*\\n([^\\n]+\\n)?$`)),
})

describe('C14 --done moves a message into done/', () => {
  it('with its signature, byte for byte, and prints where it lies now', async () => {
    const path = await putSigned(home, 'bob', NAME, messageText())
    const [text, signature] = [path, `${path}.asc`].map((file) => readFileSync(file))
    expect(await finish(path)).toEqual({
      exitCode: 0,
      signal: null,
      stdout: `done: ${join(doneFolder, NAME)}\n`,
      stderr: '',
    })
    expect(lying()).toEqual({ inbox: [], done: pair(NAME) })
    expect(readFileSync(join(doneFolder, NAME))).toEqual(text)
    expect(readFileSync(join(doneFolder, `${NAME}.asc`))).toEqual(signature)
  })
  it('without a signature where there is none', async () => {
    expect((await finish(put(home, 'bob', NAME, messageText()))).exitCode).toBe(0)
    expect(lying()).toEqual({ inbox: [], done: [NAME] })
  })
  it('several, named as one likes; in JSON too', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    put(home, 'bob', LATER, messageText())
    put(home, 'ann', NAME, messageText())
    const done = await finish(NAME, `./${LATER}`, `${home.inbox('ann')}//${NAME}`, '--json')
    expect(done).toMatchObject({ exitCode: 0, stderr: '' })
    const paths = [join(doneFolder, NAME), join(doneFolder, LATER), join(home.inbox('ann'), 'done', NAME)]
    expect(JSON.parse(done.stdout)).toEqual({ done: paths })
    expect(lying()).toEqual({ inbox: [], done: [...pair(NAME), LATER] })
    const again = await finish(NAME, '--json', '--compact-json')
    expect(again.stdout).toBe(`{"done": ["${paths[0]}"]}\n`)
  })
  itLong('once: again it says the same', async () => {
    const path = await putSigned(home, 'bob', NAME, messageText())
    const done = await finish(path)
    for (const named of [path, join(doneFolder, NAME), `done/${NAME}`])
      expect(await finish(named)).toEqual(done)
    expect(lying()).toEqual({ inbox: [], done: pair(NAME) })
  })
  it('whatever it is: rejected, not text, with a signature of its own length', async () => {
    put(home, 'bob', 'garbage.org', Buffer.from([0xff]))
    put(home, 'bob', 'empty.org', '')
    expect((await finish('garbage.org', 'empty.org')).exitCode).toBe(0)
    expect(lying()).toEqual({ inbox: [], done: ['empty.org', 'garbage.org'] })
  })
  it('through a link: what it leads to stays', async () => {
    const kept = home.write('kept.org', messageText())
    symlinkSync('../../../../kept.org', join(inbox, 'link.org'))
    expect((await finish('link.org')).exitCode).toBe(0)
    expect(lying()).toEqual({ inbox: [], done: ['link.org'] })
    expect(readFileSync(join(doneFolder, 'link.org'), 'utf8')).toBe(readFileSync(kept, 'utf8'))
  })
  it('that cannot be read', async () => {
    const path = put(home, 'bob', NAME, messageText())
    chmodSync(path, 0)
    const { program, arguments: args } = boundByModes({
      program: process.execPath,
      arguments: [binOf('recv'), '--done', path],
    })
    expect((await home.exec(program, args)).exitCode).toBe(0)
    expect(lying().inbox).toEqual([])
    expect(lying().done).toHaveLength(1)
  })
})

describe('C14 --done never overwrites a file', () => {
  const body = (text: string) => messageText({}, text)
  const finishes = async (text: string) => {
    await putSigned(home, 'bob', NAME, text)
    return (await finish(NAME)).stdout
  }
  it('another one of that name gets a number', async () => {
    for (const [index, name] of [
      NAME,
      NAME.replace('.org', '.2.org'),
      NAME.replace('.org', '.3.org'),
    ].entries()) {
      expect(await finishes(body(`${index}\n`))).toBe(`done: ${join(doneFolder, name)}\n`)
      expect(readFileSync(join(doneFolder, name), 'utf8')).toBe(body(`${index}\n`))
      expect(existsSync(join(doneFolder, `${name}.asc`))).toBe(true)
    }
    expect(lying().inbox).toEqual([])
  })
  itLong('an identical one is done already', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    const signature = readFileSync(join(inbox, `${NAME}.asc`))
    await finish(NAME)
    put(home, 'bob', NAME, messageText())
    put(home, 'bob', `${NAME}.asc`, signature)
    expect((await finish(NAME)).exitCode).toBe(0)
    expect(lying()).toEqual({ inbox: [], done: pair(NAME) })
  })
  itLong('the same text under another signature gets a number', async () => {
    put(home, 'bob', NAME, messageText())
    put(home, 'bob', `${NAME}.asc`, 'bad')
    await finish(NAME)
    await finishes(messageText())
    expect(readFileSync(join(doneFolder, `${NAME}.asc`), 'utf8')).toBe('bad')
    expect(lying().done).toEqual([...pair(NAME.replace('.org', '.2.org')), ...pair(NAME)])
  })
  it('an unsigned one never lies beside a signature that is not its own', async () => {
    put(home, 'bob', `done/${NAME}.asc`, 'stray')
    put(home, 'bob', NAME, messageText())
    await finish(NAME)
    expect(lying().done).toEqual([NAME.replace('.org', '.2.org'), `${NAME}.asc`])
  })
})

describe('C14 a stamped name in done/ ends with its conversation', () => {
  it.each(
    sample(
      [
        ['another conversation', '20260101T000000Z-from-mill-other.org', messageText()],
        ['none that can be read', '20260101T000000Z-from-mill-talk.org', Buffer.from([0xff])],
      ],
      1,
    ),
  )('else it begins with done-: %s', async (_, name, text) => {
    put(home, 'bob', name, text)
    expect((await finish(name)).stdout).toBe(`done: ${join(doneFolder, `done-${name}`)}\n`)
    expect((await finish(name)).stdout).toBe(`done: ${join(doneFolder, `done-${name}`)}\n`)
    expect(lying()).toEqual({ inbox: [], done: [`done-${name}`] })
  })
  it('other names stay, but those that look changed', async () => {
    for (const name of ['m.org', 'done-m.org']) put(home, 'bob', name, messageText())
    await finish('m.org', 'done-m.org')
    expect(lying()).toEqual({ inbox: [], done: ['done-done-m.org', 'm.org'] })
  })
  itLong('and the longest is cut', async () => {
    const name = `20260101T000000Z-from-mill-${'ü'.repeat(110)}.org`
    await putSigned(home, 'bob', name, messageText())
    expect((await finish(name)).exitCode).toBe(0)
    expect(lying().inbox).toEqual([])
    expect(lying().done[0]).toMatch(/^done-20260101T000000Z-from-mill-ü+\.org$/)
    expect((await finish(name)).exitCode).toBe(0)
  })
})

describe('C14 --done fails with 3 and one line, and moves nothing', () => {
  it.each(
    sample(
      [
        ['a message that is not there', ['nowhere.org'], 'message file not found: .*/nowhere.org'],
        ['no name', [''], 'message file not found: '],
        ['the folder itself', ['.'], 'message file not found: '],
        ['another folder', ['done'], 'message file not found: '],
        ['a signature', [`${NAME}.asc`], 'cannot mark as done: .*: it is a signature'],
        ['what is not a message', ['notes.txt'], 'cannot mark as done: .*: it is not a message'],
        ['an endless name', ['x'.repeat(5000)], 'ENAMETOOLONG'],
        ['a hostile name', ['\x1b[2J\n.org'], String.raw`not found: .*\\x1b\[2J\\x0a\.org`],
      ],
      1,
    ),
  )('%s', async (_, files, words) => {
    await putSigned(home, 'bob', NAME, messageText())
    put(home, 'bob', 'notes.txt', '')
    mkdirSync(doneFolder)
    expect(await finish(...files)).toMatchObject({ ...failed(words), stdout: '' })
    expect(lying()).toEqual({ inbox: [...pair(NAME), 'notes.txt'], done: [] })
  })
  it('done/ is no folder', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    put(home, 'bob', 'done', '')
    expect(await finish(NAME)).toMatchObject(failed('cannot mark as done: .*: EEXIST'))
    expect(names(inbox)).toEqual([...pair(NAME), 'done'])
  })
  it.skipIf(!CAN_FORBID).each(sample(['an inbox', 'a done/'], 1))(
    '%s without leave to write',
    async (which) => {
      await putSigned(home, 'bob', NAME, messageText())
      const folder = which === 'an inbox' ? inbox : doneFolder
      mkdirSync(folder, { recursive: true })
      chmodSync(folder, 0o555)
      const { program, arguments: args } = boundByModes({
        program: process.execPath,
        arguments: [binOf('recv'), '--done', join(inbox, NAME)],
      })
      expect(await home.exec(program, args)).toMatchObject(failed('cannot mark as done: .*: EACCES'))
      chmodSync(folder, 0o755)
      expect(lying()).toEqual({ inbox: pair(NAME), done: [] })
    },
  )
  it('but the others are done', async () => {
    put(home, 'bob', NAME, messageText())
    const done = await finish('nowhere.org', NAME, 'gone.org')
    expect(done).toMatchObject({ exitCode: 3, stdout: `done: ${join(doneFolder, NAME)}\n` })
    expect(done.stderr.match(/^message file not found/gm)).toHaveLength(2)
    expect(lying()).toEqual({ inbox: [], done: [NAME] })
  })
  itLong('2: without a file, or with --show', async () => {
    for (const args of [['--done'], ['--done', '--show', NAME]])
      expect(await home.run('recv', args, { cwd: inbox })).toMatchObject({ exitCode: 2, stdout: '' })
  })
})

it('C14 --done under HALT is 5 and moves nothing, not even the first of several', async () => {
  for (const name of [NAME, LATER]) await putSigned(home, 'bob', name, messageText())
  home.write('.config/cross-agent-comms/HALT', '')
  for (const args of [
    [NAME, LATER],
    ['--next', NAME],
    ['--json', NAME],
  ])
    expect((await finish(...args)).exitCode).toBe(5)
  expect(lying()).toEqual({ inbox: [...pair(NAME), ...pair(LATER)], done: [] })
})

it('C14 many that finish the same message at once all succeed, and it is done once', async () => {
  for (const name of [NAME, LATER]) {
    await putSigned(home, 'bob', name, messageText({}, name))
    const all = await Promise.all(Array.from({ length: 8 }, () => finish(name)))
    for (const one of all)
      expect(one).toMatchObject({ exitCode: 0, stdout: `done: ${join(doneFolder, name)}\n`, stderr: '' })
  }
  expect(lying()).toEqual({ inbox: [], done: [...pair(NAME), ...pair(LATER)] })
})

it('C14 a signal ends --done between two messages, neither of them halved', async () => {
  for (const name of [NAME, LATER]) await putSigned(home, 'bob', name, messageText())
  const strace = ['-o', '/dev/null', '-e', 'inject=link,linkat:signal=INT:when=1']
  const done = await home.exec('strace', [...strace, 'node', binOf('recv'), '--done', NAME, LATER], {
    cwd: inbox,
  })
  expect(done).toMatchObject({ signal: 'SIGINT', stdout: `done: ${join(doneFolder, NAME)}\n`, stderr: '' })
  expect(lying()).toEqual({ inbox: pair(LATER), done: pair(NAME) })
})

itLong('C14 where the file system has no hard links', async () => {
  const noLinks = ['-f', '-o', '/dev/null', '-e', 'inject=link,linkat:error=EPERM', 'node', binOf('recv')]
  for (const text of ['one\n', 'two\n']) {
    await putSigned(home, 'bob', NAME, messageText({}, text))
    const done = await home.exec('strace', [...noLinks, '--done', NAME], { cwd: inbox })
    expect(done).toMatchObject({ exitCode: 0, stderr: '' })
  }
  expect(lying()).toEqual({ inbox: [], done: [...pair(NAME.replace('.org', '.2.org')), ...pair(NAME)] })
  expect(readFileSync(join(doneFolder, NAME), 'utf8')).toContain('one\n')
  for (const name of [NAME, NAME.replace('.org', '.2.org')])
    expect((await recv(join(doneFolder, name))).exitCode).toBe(0)
})

describe('C14 --done FILE… --next', () => {
  it('finishes and shows the next in one run', async () => {
    const [one, two] = ['one', 'two'].map((conversation) => messageText({ CONVERSATION_ID: conversation }))
    const first = await putSigned(home, 'bob', NAME.replace('talk', 'one'), one ?? '')
    const second = await putSigned(home, 'bob', LATER.replace('talk', 'two'), two ?? '')
    const shown = await finish(first, '--next')
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' })
    expect(shown.stdout).toMatch(/^decision: process\n/)
    expect(shown.stdout).toContain(`\nfile: ${second}\n`)
    const json = await finish(first, '--next', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ decision: 'process', path: second })
    expect(await finish(second, '--next')).toMatchObject({
      exitCode: 6,
      stdout: '',
      stderr: 'nothing waits in bob\n',
    })
    expect(await finish('--next')).toMatchObject({ exitCode: 6, stdout: '' })
    expect(lying().done).toHaveLength(4)
  })
  itLong('shows nothing where a file could not be finished', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    put(home, 'bob', LATER, messageText())
    const shown = await finish(LATER, 'nowhere.org', '--next')
    expect(shown).toMatchObject({ exitCode: 3, stdout: `done: ${join(doneFolder, LATER)}\n` })
  })
})
