import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { boundByModes, CAN_FORBID } from '../conformance/programs.mjs'
import { faultsOf } from '../support/doctor'
import { Home } from '../support/home'
import { put, putSigned } from '../support/inbox'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'

const home = new Home()
const inbox = home.inbox('bob')
const asideFolder = join(inbox, 'aside')
const NAME = '20260101T000000Z-from-mill-talk.org'
const LATER = NAME.replace('T000000', 'T000001')

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const folder of ['projects', '.config', '.local', 'programs'])
    rmSync(join(home.path, folder), { recursive: true, force: true })
  mkdirSync(inbox, { recursive: true })
})
afterAll(() => home.remove())

const recv = (...args: string[]) => home.run('recv', args, { cwd: inbox })
const aside = (...args: string[]) => recv('--aside', ...args)
const putBack = (...args: string[]) => recv('--put-back', ...args)
const status = (...args: string[]) => home.run('status', args, { cwd: inbox })
const names = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : [])
/** The names in the inbox, its aside/ and its done/. */
const lying = () => ({
  inbox: names(inbox).filter((name) => name !== 'done' && name !== 'aside'),
  aside: names(asideFolder),
  done: names(join(inbox, 'done')),
})
const pair = (name: string) => [name, `${name}.asc`]
const nowhere = { inbox: [], aside: [], done: [] }
const failed = (words: string) => ({
  exitCode: 3,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`^[^\\n]*${words}[^\\n]*\\n([^\\n]+\\n)?$`)),
})

describe('C22 --aside moves a message into aside/', () => {
  it('with its signature, byte for byte, and prints where it lies now', async () => {
    const path = await putSigned(home, 'bob', NAME, messageText())
    const [text, signature] = [path, `${path}.asc`].map((file) => readFileSync(file))
    const stdout = `aside: ${join(asideFolder, NAME)}\n`
    expect(await aside(path)).toEqual({ exitCode: 0, signal: null, stdout, stderr: '' })
    expect(lying()).toEqual({ ...nowhere, aside: pair(NAME) })
    expect(readFileSync(join(asideFolder, NAME))).toEqual(text)
    expect(readFileSync(join(asideFolder, `${NAME}.asc`))).toEqual(signature)
    // Said again, by any of its paths, it says the same.
    for (const named of [path, join(asideFolder, NAME), `aside/${NAME}`])
      expect(await aside(named)).toMatchObject({ exitCode: 0, stdout })
  })
  it('several at once, also what recv rejects; in JSON too', async () => {
    put(home, 'bob', NAME, messageText())
    put(home, 'bob', 'garbage.org', Buffer.from([0xff]))
    const { stdout } = await aside(NAME, 'garbage.org', '--json', '--compact-json')
    expect(JSON.parse(stdout)).toEqual({
      aside: [NAME, 'garbage.org'].map((name) => join(asideFolder, name)),
    })
    expect(lying()).toEqual({ ...nowhere, aside: [NAME, 'garbage.org'] })
  })
  it('and never overwrites another of that name', async () => {
    for (const text of ['one\n', 'two\n']) {
      await putSigned(home, 'bob', NAME, messageText({}, text))
      expect(await aside(NAME)).toMatchObject({ exitCode: 0 })
    }
    expect(lying().aside).toEqual([...pair(NAME.replace('.org', '.2.org')), ...pair(NAME)])
    expect(readFileSync(join(asideFolder, NAME), 'utf8')).toContain('one\n')
  })
  it('that cannot be read', async () => {
    const path = put(home, 'bob', NAME, messageText())
    chmodSync(path, 0)
    const { program, arguments: args } = boundByModes({
      program: process.execPath,
      arguments: [binOf('recv'), '--aside', path],
    })
    expect(await home.exec(program, args)).toMatchObject({ exitCode: 0 })
    expect(lying()).toEqual({ ...nowhere, aside: [`done-${NAME}`] })
  })
  itLong('and then shows the next one, with --next', async () => {
    const [one, two] = ['one', 'two'].map((conversation) => messageText({ CONVERSATION_ID: conversation }))
    const first = put(home, 'bob', NAME.replace('talk', 'one'), one ?? '')
    const second = await putSigned(home, 'bob', LATER.replace('talk', 'two'), two ?? '')
    const shown = await aside(first, '--next')
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' })
    expect(shown.stdout).toMatch(/^decision: process\n/)
    expect(shown.stdout).toContain(`\nfile: ${second}\n`)
    expect(await aside(second, '--next')).toMatchObject({ exitCode: 6, stdout: '' })
    expect(await aside('nowhere.org', '--next')).toMatchObject({ exitCode: 3, stdout: '' })
  })
})

describe('C22 --aside and --put-back fail with one line, and move nothing', () => {
  it.each(
    sample(
      [
        ['a message that is not there', ['nowhere.org'], 'message file not found: .*/nowhere.org'],
        ['a signature', [`${NAME}.asc`], 'cannot put (aside|back): .*: it is a signature'],
        ['what is not a message', ['notes.txt'], 'cannot put (aside|back): .*: it is not a message'],
      ],
      1,
    ),
  )('3: %s', async (_, files, words) => {
    await putSigned(home, 'bob', NAME, messageText())
    put(home, 'bob', 'notes.txt', '')
    for (const move of [aside, putBack]) expect(await move(...files)).toMatchObject(failed(words))
    expect(lying()).toEqual({ ...nowhere, inbox: [...pair(NAME), 'notes.txt'] })
  })
  itLong('3: what is done stays done', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    await recv('--done', NAME)
    for (const move of [aside, putBack])
      expect(await move(`done/${NAME}`)).toMatchObject(failed('cannot put (aside|back): .*: it is done'))
    expect(await aside(NAME)).toMatchObject(failed('message file not found'))
    expect(await putBack(NAME)).toMatchObject(failed('message file not found'))
    expect(lying()).toEqual({ ...nowhere, done: pair(NAME) })
  })
  it('3: aside/ is no folder', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    put(home, 'bob', 'aside', '')
    expect(await aside(NAME)).toMatchObject(failed('cannot put aside: .*: EEXIST'))
    expect(names(inbox)).toEqual([...pair(NAME), 'aside'])
  })
  it('3: B50 aside/ is a link, which no reader follows either', async () => {
    await putSigned(home, 'ann', NAME, messageText())
    await putSigned(home, 'bob', LATER, messageText())
    symlinkSync(home.inbox('ann'), asideFolder)
    expect(await aside(LATER)).toMatchObject(failed('cannot put aside: .*/aside is a link'))
    expect(await putBack(`aside/${NAME}`)).toMatchObject(failed('cannot put back: .*/aside is a link'))
    expect(await recv('--done', `aside/${NAME}`)).toMatchObject(failed('/aside is a link'))
    expect(names(home.inbox('ann'))).toEqual(pair(NAME))
    expect((await status()).stdout).not.toContain('aside')
    expect(await faultsOf(home)).toMatchObject([
      { said: `${asideFolder} is a link: its content is ignored, and --aside does nothing here` },
    ])
  })
  it('3: not in an inbox of this machine', async () => {
    const path = home.write('elsewhere/m.org', messageText())
    for (const move of [aside, putBack])
      expect(await move(path)).toMatchObject(failed('it lies in no inbox of this machine'))
    expect(existsSync(path)).toBe(true)
  })
  it.skipIf(!CAN_FORBID).each(
    sample(
      [
        ['--aside', 'the inbox'],
        ['--aside', 'aside/'],
        ['--put-back', 'the inbox'],
        ['--put-back', 'aside/'],
      ],
      1,
    ),
  )('3: %s without leave to write in %s', async (flag, which) => {
    await putSigned(home, 'bob', NAME, messageText())
    mkdirSync(asideFolder)
    if (flag === '--put-back') await aside(NAME)
    const folder = which === 'the inbox' ? inbox : asideFolder
    chmodSync(folder, 0o555)
    const { program, arguments: args } = boundByModes({
      program: process.execPath,
      arguments: [binOf('recv'), flag, join(inbox, flag === '--aside' ? NAME : `aside/${NAME}`)],
    })
    const outcome = await home.exec(program, args)
    chmodSync(folder, 0o755)
    expect(outcome).toMatchObject(failed('cannot put (aside|back): .*: EACCES'))
    // It stays where it was, whole, and a second run completes the move.
    expect(lying()).toMatchObject(flag === '--aside' ? { inbox: pair(NAME) } : { aside: pair(NAME) })
    expect(await recv(flag, flag === '--aside' ? NAME : `aside/${NAME}`)).toMatchObject({ exitCode: 0 })
    expect(lying()).toEqual({ ...nowhere, [flag === '--aside' ? 'aside' : 'inbox']: pair(NAME) })
  })
  it('5 under HALT, not even the first of several', async () => {
    for (const name of [NAME, LATER]) await putSigned(home, 'bob', name, messageText())
    await aside(LATER)
    const before = lying()
    home.write('.config/cross-agent-comms/HALT', '')
    for (const args of [
      ['--aside', NAME],
      ['--aside', NAME, '--next'],
      ['--put-back', LATER],
    ])
      expect(await recv(...args)).toMatchObject({ exitCode: 5, stdout: '' })
    expect(lying()).toEqual(before)
  })
  itLong('2: without a file, with each other, or with what decides', async () => {
    for (const args of [
      ['--aside'],
      ['--put-back'],
      ['--aside', '--done', NAME],
      ['--aside', '--put-back', NAME],
      ['--done', '--put-back', NAME],
      ['--put-back', NAME, '--next'],
      ['--aside', '--show', NAME],
    ])
      expect(await recv(...args)).toMatchObject({ exitCode: 2, stdout: '' })
  })
})

describe('C22 --put-back brings a message back from aside/', () => {
  const finished = { exitCode: 0, stdout: `put back: ${join(inbox, NAME)}\n`, stderr: '' }
  it('under its own name, by any of its paths, and by that in aside/ again', async () => {
    for (const named of [`aside/${NAME}`, NAME, join(asideFolder, NAME)]) {
      const path = await putSigned(home, 'bob', NAME, messageText())
      const [text, signature] = [path, `${path}.asc`].map((file) => readFileSync(file))
      await aside(NAME)
      expect(await putBack(named)).toMatchObject(finished)
      expect(lying()).toEqual({ ...nowhere, inbox: pair(NAME) })
      expect([path, `${path}.asc`].map((file) => readFileSync(file))).toEqual([text, signature])
      expect(await putBack(`aside/${NAME}`)).toMatchObject(finished)
      expect(await recv('--next')).toMatchObject({ exitCode: 0 })
    }
    const json = await putBack(`aside/${NAME}`, '--json', '--compact-json')
    expect(json.stdout).toBe(`{"put_back": ["${join(inbox, NAME)}"]}\n`)
  })
  itLong('whose name was changed in aside/', async () => {
    const other = NAME.replace('talk', 'other')
    await putSigned(home, 'bob', other, messageText())
    expect((await aside(other)).stdout).toBe(`aside: ${join(asideFolder, `done-${other}`)}\n`)
    expect(await putBack(`aside/done-${other}`)).toMatchObject({ exitCode: 0 })
    await putSigned(home, 'bob', NAME, messageText({}, 'one\n'))
    await aside(NAME)
    await putSigned(home, 'bob', NAME, messageText({}, 'two\n'))
    await aside(NAME)
    expect(await putBack(NAME)).toMatchObject(failed('several messages of that name lie in aside/'))
    const numbered = NAME.replace('.org', '.2.org')
    expect(await putBack(`aside/${numbered}`)).toMatchObject(finished)
    expect(readFileSync(join(inbox, NAME), 'utf8')).toContain('two\n')
    expect(lying()).toEqual({ inbox: [...pair(other), ...pair(NAME)], aside: pair(NAME), done: [] })
  })
  it('but not where other bytes have its name: 3, nothing moved', async () => {
    await putSigned(home, 'bob', NAME, messageText({}, 'one\n'))
    await aside(NAME)
    await putSigned(home, 'bob', NAME, messageText({}, 'two\n'))
    const before = lying()
    expect(await putBack(`aside/${NAME}`)).toMatchObject(failed('another file has the name'))
    expect(lying()).toEqual(before)
    expect(readFileSync(join(inbox, NAME), 'utf8')).toContain('two\n')
  })
  itLong('nor where another signature lies under its name', async () => {
    put(home, 'bob', NAME, messageText())
    await aside(NAME)
    put(home, 'bob', `${NAME}.asc`, 'stray')
    expect(await putBack(`aside/${NAME}`)).toMatchObject(failed('another file has the name'))
    expect(lying()).toEqual({ ...nowhere, inbox: [`${NAME}.asc`], aside: [NAME] })
  })
  itLong('also where its signature is lost, and where a killed run left one behind', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    await aside(NAME)
    const signature = readFileSync(join(asideFolder, `${NAME}.asc`))
    rmSync(join(asideFolder, `${NAME}.asc`))
    expect(await putBack(`aside/${NAME}`)).toMatchObject(finished)
    expect(lying()).toEqual({ ...nowhere, inbox: [NAME] })
    for (const place of ['', 'aside/']) put(home, 'bob', `${place}${NAME}.asc`, signature)
    expect(await putBack(`aside/${NAME}`)).toMatchObject(finished)
    expect(lying()).toEqual({ ...nowhere, inbox: pair(NAME) })
  })
  it('and --done finishes it from there', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    await aside(NAME)
    expect(await recv('--done', `aside/${NAME}`)).toMatchObject({
      exitCode: 0,
      stdout: `done: ${join(inbox, 'done', NAME)}\n`,
    })
    expect(lying()).toEqual({ ...nowhere, done: pair(NAME) })
  })
})

describe('C22 what lies aside', () => {
  it('waits for nobody, and status says so only then', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    const plain = await status()
    const plainJson = JSON.parse((await status('--json')).stdout)
    expect(plain.stdout).not.toContain('aside')
    expect(plainJson.projects[0]).not.toHaveProperty('aside_count')
    await aside(NAME)
    expect(await recv('--next')).toMatchObject({ exitCode: 6 })
    expect(await home.run('watch', ['--once', '--here', '--timeout', '0'], { cwd: inbox })).toMatchObject({
      exitCode: 124,
    })
    expect(await status('--here', '--quiet', '--exit-code')).toMatchObject({ exitCode: 0 })
    for (const args of [[], ['--here'], ['--messages']])
      expect((await status(...args)).stdout).toMatch(/^bob +0 .*\n1 message aside in bob\n$/m)
    for (const args of [['--json'], ['--json', '--messages']])
      expect(JSON.parse((await status(...args)).stdout).projects).toMatchObject([
        { name: 'bob', pending_count: 0, aside_count: 1 },
      ])
    put(home, 'bob', LATER, messageText())
    await aside(LATER)
    expect((await status()).stdout).toContain('\n2 messages aside in bob\n')
    expect((await status('--quiet')).stdout).toBe('')
    for (const name of [NAME, LATER]) rmSync(join(asideFolder, name))
    expect((await status()).stdout).not.toContain('aside')
  })
  itLong('is shown as such by --thread and --sent', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    await aside(NAME)
    const thread = JSON.parse((await status('--thread', 'talk', '--json')).stdout)
    expect(thread.messages).toMatchObject([{ state: 'aside', signature: { state: 'good' } }])
    expect((await status('--thread', 'talk')).stdout).toMatch(/ {2}aside$/m)
    const sent = JSON.parse((await status('--sent', '--project', 'mill', '--json')).stdout)
    expect(sent.sent).toMatchObject([{ filename: NAME, stage: 'aside' }])
  })
  itLong('makes no copy a duplicate, and is decided on as in the inbox', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    await aside(NAME)
    const copy = await putSigned(home, 'bob', LATER, messageText())
    expect(await recv(copy)).toMatchObject({ exitCode: 0 })
    await aside(copy)
    for (const name of [NAME, LATER]) expect(await recv(`aside/${name}`)).toMatchObject({ exitCode: 0 })
    await recv('--done', `aside/${NAME}`)
    expect(await recv(`aside/${LATER}`)).toMatchObject({ exitCode: 1 })
  })
  it('is answered by the path that it had', async () => {
    mkdirSync(join(home.path, 'projects/mill'))
    const path = await putSigned(home, 'bob', NAME, messageText())
    await aside(path)
    const answer = await home.run('send', ['--reply-to', path, '-m', 'unclear', '--dry-run'], { cwd: inbox })
    expect(answer).toMatchObject({ exitCode: 0 })
    expect(answer.stdout).toContain(`#+IN_REPLY_TO: ${NAME}\n`)
  })
  it('C8 is what completion offers for --put-back', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    await aside(NAME)
    await putSigned(home, 'bob', LATER, messageText())
    const values = (...line: string[]) => recv('--completion-values', 'message', '', ...line)
    expect((await values()).stdout).toBe(`${LATER}\n`)
    expect((await values('recv', '--put-back')).stdout).toBe(`aside/${NAME}\n`)
  })
})

describe('C21 C22 what a session took', () => {
  const as = (session: string, ...args: string[]) =>
    home.run('recv', args, { cwd: inbox, env: { CROSS_AGENT_SESSION: session } })
  it('is put aside, which ends its take; it is not taken there, and comes back for everybody', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    expect(await as('a', '--next', '--take')).toMatchObject({ exitCode: 0 })
    expect(await as('b', '--next', '--take')).toMatchObject({ exitCode: 6 })
    expect(await as('a', '--aside', NAME)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await as('b', '--take', `aside/${NAME}`)).toMatchObject(
      failed('cannot take: .*: it was put aside'),
    )
    expect(await as('a', '--put-back', `aside/${NAME}`)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await as('b', '--next', '--take')).toMatchObject({ exitCode: 0 })
  })
  itLong('is given back where it lies, though another message of its name lies aside', async () => {
    await putSigned(home, 'bob', NAME, messageText({}, 'one\n'))
    await aside(NAME)
    await putSigned(home, 'bob', NAME, messageText({}, 'two\n'))
    await as('a', '--next', '--take')
    const before = lying().aside
    expect(await as('a', '--put-back', NAME)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(lying().aside).toEqual(before)
    expect(await as('b', '--next', '--take')).toMatchObject({ exitCode: 0 })
  })
})

describe('C22 many at once', () => {
  itLong('that put the same message aside, or back, all succeed', async () => {
    await putSigned(home, 'bob', NAME, messageText())
    for (const [move, words] of [
      [aside, `aside: ${join(asideFolder, NAME)}\n`],
      [putBack, `put back: ${join(inbox, NAME)}\n`],
    ] as const) {
      const named = move === aside ? NAME : `aside/${NAME}`
      const all = await Promise.all(Array.from({ length: 6 }, () => move(named)))
      for (const one of all) expect(one).toMatchObject({ exitCode: 0, stdout: words, stderr: '' })
    }
    expect(lying()).toEqual({ ...nowhere, inbox: pair(NAME) })
  })
  it('that move it to and fro lose nothing', async () => {
    const text = messageText()
    await putSigned(home, 'bob', NAME, text)
    await Promise.all(
      Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? aside(NAME) : putBack(`aside/${NAME}`))),
    )
    const whole = [inbox, asideFolder].filter((folder) => existsSync(join(folder, NAME)))
    expect(whole.length).toBeGreaterThan(0)
    for (const folder of whole) expect(readFileSync(join(folder, NAME), 'utf8')).toBe(text)
    expect(whole.some((folder) => existsSync(join(folder, `${NAME}.asc`)))).toBe(true)
    expect([...names(inbox), ...names(asideFolder)].filter((name) => name.startsWith('.'))).toEqual([])
    expect(await aside(NAME)).toMatchObject({ exitCode: 0 })
    expect(lying()).toEqual({ ...nowhere, aside: pair(NAME) })
  })
})

it('C22 where the file system has no hard links', async () => {
  const noLinks = ['-f', '-o', '/dev/null', '-e', 'inject=link,linkat:error=EPERM', 'node', binOf('recv')]
  await putSigned(home, 'bob', NAME, messageText())
  for (const [flag, place] of [
    ['--aside', 'aside'],
    ['--put-back', 'inbox'],
  ] as const) {
    expect(await home.exec('strace', [...noLinks, flag, NAME], { cwd: inbox })).toMatchObject({ exitCode: 0 })
    expect(lying()).toEqual({ ...nowhere, [place]: pair(NAME) })
  }
})
