import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { Home } from '../support/home'
import { put, putSigned, sign } from '../support/inbox'
import { isLong, itLong, LONGER, sample } from '../support/long'
import { messageText } from '../support/message'
import { until } from '../support/until'

const home = new Home()
const bob = join(home.path, 'projects/bob')
const inbox = home.inbox('bob')

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const folder of ['projects', 'programs', '.config', 'elsewhere'])
    rmSync(join(home.path, folder), { recursive: true, force: true })
  mkdirSync(inbox, { recursive: true })
})
afterAll(() => home.remove())

const recvAs = (session: string, ...args: string[]) =>
  home.run('recv', args, { cwd: bob, env: { CROSS_AGENT_SESSION: session } })
const takeAs = (session: string, ...args: string[]) => recvAs(session, '--next', '--take', ...args)
const stamped = (second: number, conversation = 'talk') =>
  `20260101T0000${String(second).padStart(2, '0')}Z-from-mill-${conversation}.org`
const putOf = (second: number, conversation: string, fields: Record<string, string> = {}) =>
  putSigned(
    home,
    'bob',
    stamped(second, conversation),
    messageText({ CONVERSATION_ID: conversation, ...fields }),
  )
const fileIn = ({ stdout }: { readonly stdout: string }) => /^file: (.*)$/m.exec(stdout)?.[1]
const takeFiles = () => readdirSync(inbox).filter((name) => name.startsWith('.tmp.'))
const takeContent = () => JSON.parse(readFileSync(join(inbox, takeFiles()[0] ?? ''), 'utf8'))
const isRoot = process.getuid?.() === 0
const LATER = 3600_000

describe('C21 --next --take', () => {
  it('is as --next, and says who has it until when', async () => {
    const path = await putOf(1, 'talk')
    const plain = await recvAs('a', '--next')
    const before = Date.now()
    const taken = await takeAs('a')
    expect(taken).toMatchObject({ exitCode: 0, stderr: '' })
    expect(taken.stdout.replace(/^taken by: a, since \S+, until \S+\n/m, '')).toBe(plain.stdout)
    const json = JSON.parse((await takeAs('a', '--json')).stdout)
    expect(json).toMatchObject({ decision: 'process', path, later: 0, taken: { by: 'a' } })
    const [since, end] = [Date.parse(json.taken.since), Date.parse(json.taken.until)]
    expect(since).toBeGreaterThanOrEqual(before - 1000)
    expect(end - Date.now()).toBeLessThanOrEqual(LATER)
    expect(end - before).toBeGreaterThanOrEqual(LATER - 1000)
  })

  it('takes the first message that no other session has', async () => {
    const paths = [await putOf(1, 'x'), await putOf(2, 'y')]
    expect(fileIn(await takeAs('a'))).toBe(paths[0])
    expect(fileIn(await takeAs('b'))).toBe(paths[1])
    expect(await takeAs('c')).toMatchObject({
      exitCode: 6,
      stdout: '',
      stderr: expect.stringContaining('nothing is left to take in bob'),
    })
  })

  itLong('gives the same session the same message, renews, and says how many later ones wait', async () => {
    const first = await putOf(1, 'talk')
    await putOf(2, 'other')
    await putOf(3, 'talk', { SEQUENCE: '2' })
    await takeAs('a', '--for', '60')
    const { until: earlier } = takeContent()
    const again = await takeAs('a')
    expect(fileIn(again)).toBe(first)
    expect(again.stdout).toContain('later: 1 more of this conversation waits\n')
    expect(takeContent().until).toBeGreaterThan(earlier)
    put(home, 'bob', stamped(4), messageText({ SEQUENCE: '3' }))
    await putOf(5, 'talk', { SEQUENCE: '4' })
    // What nobody signed does not count.
    expect(JSON.parse((await takeAs('a', '--json')).stdout)).toMatchObject({ path: first, later: 2 })
    expect(takeFiles()).toHaveLength(1)
  })

  it('gives other sessions nothing of a conversation that one has', async () => {
    const first = await putOf(1, 'talk')
    const second = await putOf(2, 'talk', { SEQUENCE: '2' })
    expect(fileIn(await takeAs('a'))).toBe(first)
    expect(await takeAs('b')).toMatchObject({ exitCode: 6, stdout: '' })
    // The conversation is the signed one, whatever the names end with.
    const other = await putSigned(
      home,
      'bob',
      stamped(3, 'a-talk'),
      messageText({ CONVERSATION_ID: 'a-talk' }),
    )
    expect(fileIn(await takeAs('b'))).toBe(other)
    expect(await recvAs('a', '--done', first)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(fileIn(await takeAs('c'))).toBe(second)
  })

  itLong('also over the several inboxes of a project', async () => {
    const elsewhere = join(home.path, 'elsewhere/inbox')
    home.write('.config/cross-agent-comms/peers.toml', `[projects.bob]\ninbox_path = "${elsewhere}"\n`)
    const [name, text] = [stamped(1), messageText()]
    await sign(home, home.write(`elsewhere/inbox/${name}`, text))
    await putOf(2, 'talk', { SEQUENCE: '2' })
    expect(fileIn(await takeAs('a'))).toBe(join(elsewhere, name))
    expect(await takeAs('b')).toMatchObject({ exitCode: 6 })
  })

  it.each([
    ['6: nothing waits', undefined, 6, 'nothing waits in bob\n'],
    ['5: halted', 'HALT', 5, expect.stringContaining('halt')],
  ])('%s', async (_, halt, exitCode, stderr) => {
    if (halt !== undefined) {
      await putOf(1, 'talk')
      home.write('.config/cross-agent-comms/HALT', 'stop')
    }
    expect(await takeAs('a')).toMatchObject({ exitCode, stdout: '', stderr })
    expect(takeFiles()).toEqual([])
  })

  it('5, and nothing is taken, where HALT comes while the message is checked', async () => {
    await putOf(1, 'talk')
    const halt = join(home.path, '.config/cross-agent-comms/HALT')
    home.stub('gpg', `mkdir -p '${dirname(halt)}'; : > '${halt}'; exec /usr/bin/gpg "$@"`)
    expect(await takeAs('a')).toMatchObject({ exitCode: 5, stdout: '' })
    expect(takeFiles()).toEqual([])
  })

  it.skipIf(isRoot)('3, and nothing is shown, where the take cannot be written', async () => {
    await putOf(1, 'talk')
    chmodSync(inbox, 0o500)
    const failed = await takeAs('a')
    chmodSync(inbox, 0o700)
    expect(failed).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('cannot take: '),
    })
  })

  it('3, and nothing is shown, where the disk is full', async () => {
    await putOf(1, 'talk')
    const inject = [
      '-f',
      '-o',
      '/dev/null',
      '-e',
      'trace=link,linkat',
      '-e',
      'inject=link,linkat:error=ENOSPC',
    ]
    const args = [...inject, process.execPath, binOf('recv'), '--next', '--take']
    const failed = await home.exec('strace', args, { cwd: bob, env: { CROSS_AGENT_SESSION: 'a' } })
    expect(failed).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringContaining('ENOSPC') })
    expect(takeFiles()).toEqual([])
  })

  itLong('works where there are no hard links', async () => {
    await putOf(1, 'talk')
    const inject = [
      '-f',
      '-o',
      '/dev/null',
      '-e',
      'trace=link,linkat',
      '-e',
      'inject=link,linkat:error=EPERM',
    ]
    const args = [...inject, process.execPath, binOf('recv'), '--next', '--take']
    const taken = await home.exec('strace', args, { cwd: bob, env: { CROSS_AGENT_SESSION: 'a' } })
    expect(taken).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await takeAs('b')).toMatchObject({ exitCode: 6 })
  })

  it.each(sample(['0', '-1', '86401', 'x', '1.5'], 2))('2: --for %s', async (seconds) => {
    await putOf(1, 'talk')
    expect(await takeAs('a', `--for=${seconds}`)).toMatchObject({ exitCode: 2, stdout: '' })
    expect(takeFiles()).toEqual([])
  })
})

describe('C21 what recv would not process', () => {
  it('locks nothing but itself, and goes to one session', async () => {
    const junk = put(home, 'bob', stamped(1), messageText())
    const good = await putOf(2, 'talk', { SEQUENCE: '2' })
    const rejected = await takeAs('a')
    expect(rejected).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('decision: reject\n') })
    expect(fileIn(rejected)).toBe(junk)
    expect(rejected.stdout).toMatch(/^taken by: a, /m)
    expect(fileIn(await takeAs('b'))).toBe(good)
    expect(await takeAs('c')).toMatchObject({ exitCode: 6 })
  })

  it.each(
    sample(
      [
        ['a bad signature', 3],
        ['a missing tool', 2],
      ],
      1,
    ),
  )('%s', async (_, exitCode) => {
    const bad = await putOf(1, 'talk', exitCode === 2 ? { REQUIRES_TOOLS: 'no-such-tool' } : {})
    if (exitCode === 3) writeFileSync(bad, messageText({}, 'Other.\n'))
    const good = await putOf(2, 'talk', { SEQUENCE: '2' })
    expect(await takeAs('a')).toMatchObject({ exitCode })
    expect(fileIn(await takeAs('b'))).toBe(good)
  })
})

describe('C21 --take FILE', () => {
  itLong('takes a later one of a conversation that this session has', async () => {
    const [first, second] = [await putOf(1, 'talk'), await putOf(2, 'talk', { SEQUENCE: '2' })]
    await takeAs('a')
    const taken = await recvAs('a', '--take', second)
    expect(taken).toMatchObject({ exitCode: 0, stderr: '' })
    expect(fileIn(taken)).toBe(second)
    expect(takeContent().messages).toHaveLength(2)
    expect(fileIn(await takeAs('a'))).toBe(first)
    await recvAs('a', '--done', first)
    expect(await takeAs('b')).toMatchObject({ exitCode: 6 })
    expect(fileIn(await takeAs('a'))).toBe(second)
  })

  it('takes any other', async () => {
    await putOf(1, 'x')
    const second = await putOf(2, 'y')
    const { exitCode, stdout } = await recvAs('a', '--take', second, '--json')
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({
      exitCode: 0,
      path: second,
      taken: { by: 'a' },
    })
  })

  it('6 where another session has it, which is named without its control characters', async () => {
    const first = await putOf(1, 'talk')
    const second = await putOf(2, 'talk', { SEQUENCE: '2' })
    await takeAs('night\n\x1b[31mshift')
    for (const path of [first, second]) {
      const failed = await recvAs('b', '--take', path)
      expect(failed).toMatchObject({ exitCode: 6, stdout: '' })
      expect(failed.stderr).toContain('another session has')
      expect(failed.stderr).toContain('night\\x0a\\x1b[31mshift, since 2')
    }
  })

  it.each(
    sample(
      [
        ['is done', async () => recvAs('a', '--done', await putOf(1, 'talk')), `done/${stamped(1)}`],
        ['is not there', async () => undefined, stamped(1)],
        ['is a signature', () => putOf(1, 'talk'), `${stamped(1)}.asc`],
        ['is hidden', async () => put(home, 'bob', '.hidden.org', messageText()), '.hidden.org'],
        ['lies in no inbox', async () => home.write('projects/bob/m.org', messageText()), '../../m.org'],
      ],
      2,
    ),
  )('3 where it %s', async (_, prepare, name) => {
    await prepare()
    expect(await recvAs('a', '--take', join(inbox, name))).toMatchObject({ exitCode: 3, stdout: '' })
    expect(takeFiles()).toEqual([])
  })

  it('6 where a release has answered it', async () => {
    const first = await putOf(1, 'talk')
    await putOf(2, 'talk', { MESSAGE_TYPE: 'release', TIMESTAMP: '2026-04-28T00:00:00Z' })
    expect(await recvAs('a', '--take', first)).toMatchObject({ exitCode: 6, stdout: '' })
  })
})

describe('C21 a take ends', () => {
  let path: string
  beforeEach(async () => {
    path = await putOf(1, 'talk')
    await putOf(2, 'talk', { SEQUENCE: '2' })
    await takeAs('a')
    expect(await takeAs('b')).toMatchObject({ exitCode: 6 })
  })
  const isFree = async () => (await takeAs('b')).exitCode === 0

  it('with --done', async () => {
    expect(await recvAs('a', '--done', path)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(takeFiles()).toEqual([])
    expect(await isFree()).toBe(true)
  })
  itLong('with --done of another session, which says so', async () => {
    const done = await recvAs('b', '--done', path)
    expect(done).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^another session had taken it: a, since /),
    })
    expect(takeFiles()).toEqual([])
    expect(await isFree()).toBe(true)
  })
  it('with --put-back', async () => {
    expect(await recvAs('b', '--put-back', path)).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('another session has it: a, since '),
    })
    expect(await recvAs('a', '--put-back', path)).toMatchObject({
      exitCode: 0,
      stdout: `put back: ${path}\n`,
      stderr: '',
    })
    expect(await recvAs('a', '--put-back', path)).toMatchObject({ exitCode: 3, stdout: '' })
    expect(fileIn(await takeAs('b'))).toBe(path)
  })
  itLong('with a release', async () => {
    await putOf(3, 'talk', { MESSAGE_TYPE: 'release', SEQUENCE: '3', TIMESTAMP: '2026-04-28T00:00:00Z' })
    const later = await putOf(4, 'talk', { SEQUENCE: '4', TIMESTAMP: '2026-04-29T00:00:00Z' })
    expect(fileIn(await takeAs('b'))).toBe(later)
    expect(await takeAs('a')).toMatchObject({ exitCode: 6 })
  })
  it('not with a release that nobody signed', async () => {
    put(home, 'bob', stamped(3), messageText({ MESSAGE_TYPE: 'release', TIMESTAMP: '2026-04-28T00:00:00Z' }))
    expect(await isFree()).toBe(false)
  })
  itLong('when the message has left the inbox by other means', async () => {
    for (const end of ['', '.asc']) renameSync(path + end, join(home.path, `gone${end}`))
    expect(await isFree()).toBe(true)
  })
  it('after SECONDS', async () => {
    await takeAs('a', '--for', '1')
    await until(isFree, 'the take is over')
  })
  itLong('a day after it was written, whatever it says', async () => {
    const file = join(inbox, takeFiles()[0] ?? '')
    const content = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, `${JSON.stringify({ ...content, until: 9e15 })}\n`)
    const hour = (age: number) => Date.now() / 1000 - age * 3600
    utimesSync(file, hour(23), hour(23))
    expect(await isFree()).toBe(false)
    utimesSync(file, hour(24.1), hour(24.1))
    expect(await isFree()).toBe(true)
  })
  itLong('where its file is torn', async () => {
    const file = join(inbox, takeFiles()[0] ?? '')
    writeFileSync(file, '')
    const minuteAgo = Date.now() / 1000 - 60
    utimesSync(file, minuteAgo, minuteAgo)
    expect(await isFree()).toBe(true)
  })
  itLong('not while its file may still be written', async () => {
    const file = join(inbox, takeFiles()[0] ?? '')
    const whole = readFileSync(file)
    writeFileSync(file, '')
    const waiting = takeAs('b')
    writeFileSync(file, whole)
    expect(await waiting).toMatchObject({ exitCode: 6, stdout: '' })
  })
  it.runIf(isLong && isRoot)('where its file is not of our user, or not regular', LONGER, async () => {
    const file = join(inbox, takeFiles()[0] ?? '')
    const { uid, gid } = statSync(file)
    const { chownSync } = await import('node:fs')
    chownSync(file, 12345, gid)
    expect(await isFree()).toBe(true)
    chownSync(file, uid, gid)
  })
  it('where its file is a link', async () => {
    const file = join(inbox, takeFiles()[0] ?? '')
    renameSync(file, join(home.path, 'take'))
    symlinkSync(join(home.path, 'take'), file)
    expect(await isFree()).toBe(true)
  })
})

describe('C21 B52 other bytes under the name that this session took', () => {
  it('3: --done moves nothing', async () => {
    const path = await putOf(1, 'talk')
    await takeAs('a')
    writeFileSync(path, messageText({}, 'Another one.\n'))
    const refused = await recvAs('a', '--done', path)
    expect(refused).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('took another message'),
    })
    expect(readdirSync(inbox)).toContain(stamped(1))
    // Another session decides for itself.
    expect(await recvAs('b', '--done', path)).toMatchObject({ exitCode: 0 })
  })
  itLong('is taken anew by looking at it again', async () => {
    const path = await putOf(1, 'talk')
    await takeAs('a')
    writeFileSync(path, messageText({}, 'Another one.\n'))
    rmSync(`${path}.asc`)
    await sign(home, path)
    expect((await takeAs('a')).stdout).toContain('Another one.')
    expect(await recvAs('a', '--done', path)).toMatchObject({ exitCode: 0, stderr: '' })
  })
})

describe('C21 the file of a take', () => {
  it('begins with .tmp., is ours alone, and no cleaner takes it while it counts', async () => {
    await putOf(1, 'talk')
    await takeAs('a')
    const [name = '', ...others] = takeFiles()
    expect(others).toEqual([])
    expect(name).toMatch(/^\.tmp\.taken-c[0-9a-f]{24}-\d+$/)
    const file = join(inbox, name)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const send = () =>
      home.run('send', ['bob', '--no-sign', '-m', 'Hello.'], { cwd: join(home.path, 'projects') })
    const hour = (age: number) => Date.now() / 1000 - age * 3600
    utimesSync(file, hour(23.9), hour(23.9))
    expect(await send()).toMatchObject({ exitCode: 0 })
    expect(takeFiles()).toEqual([name])
    utimesSync(file, hour(24.1), hour(24.1))
    expect(await send()).toMatchObject({ exitCode: 0 })
    expect(takeFiles()).toEqual([])
  })
})

describe('C21 who has taken a message is told', () => {
  itLong('by --next and --show, which stay as they are else', async () => {
    const path = await putOf(1, 'talk')
    const before = await recvAs('b', '--next')
    await takeAs('a')
    for (const args of [['--next'], ['--show', path]]) {
      const { stdout, exitCode } = await recvAs('b', ...args)
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^taken by: a, since \S+, until \S+$/m)
      expect(stdout.replace(/^taken by: .*\n/m, '')).toBe(before.stdout)
      const { taken, later } = JSON.parse((await recvAs('b', ...args, '--json')).stdout)
      expect(Object.keys(taken)).toEqual(['by', 'since', 'until'])
      expect(later).toBeUndefined()
    }
    await recvAs('a', '--put-back', path)
    expect(await recvAs('b', '--next')).toEqual(before)
  })

  it('by status --messages, --thread and --sent', async () => {
    mkdirSync(join(home.path, 'projects/mill'), { recursive: true })
    await putOf(1, 'talk')
    await putOf(2, 'talk', { SEQUENCE: '2' })
    const forms = [['--messages'], ['--thread', 'talk'], ['--sent', '--project', 'mill']]
    const status = async (...args: string[]) => (await home.run('status', args, { cwd: bob })).stdout
    for (const args of forms) expect(await status(...args)).not.toContain('taken')
    await takeAs('a')
    const [messages = '', thread = '', sent = ''] = await Promise.all(forms.map((args) => status(...args)))
    expect(messages.match(/^ {2}taken by a, since \S+$/gm)).toHaveLength(1)
    expect(thread).toContain('1 waiting, 1 taken\n')
    expect(thread.match(/^ {4}taken by a, since \S+$/gm)).toHaveLength(1)
    expect(sent.match(/ {2}taken by a {2}/g)).toHaveLength(1)
    const since = expect.any(String)
    const taken = { by: 'a', since, until: since }
    const json = await Promise.all(forms.map(async (args) => JSON.parse(await status(...args, '--json'))))
    expect(json[0].projects[0].messages).toMatchObject([{ taken }, {}])
    expect(json[0].projects[0].messages[1]).not.toHaveProperty('taken')
    expect(json[1].messages).toMatchObject([{ state: 'taken', taken }, { state: 'waiting' }])
    expect(json[2].sent).toMatchObject([{ stage: 'taken', taken }, { stage: 'waits' }])
  })
})

describe.runIf(existsSync('/proc/self/stat'))('C21 a session is a process', () => {
  const take = `${process.execPath} ${binOf('recv')} --next --take`
  /** An agent of its own process: neither a shell nor ours. It has its shell take twice, then lives until it is told. */
  const agent = `
    const { spawnSync } = require('node:child_process')
    for (let turn = 0; turn < 2; turn++)
      process.stdout.write(spawnSync('sh', ['-c', 'env -i HOME="$HOME" GNUPGHOME="$GNUPGHOME" PATH="$PATH" ${take}; :']).stdout)
    console.log('READY')
    setInterval(() => {}, 1000)`

  it('the nearest ancestor that is neither a shell nor ours, as long as that lives', async () => {
    const path = await putOf(1, 'talk')
    const child = home.spawn(process.execPath, ['-e', agent], { cwd: bob })
    let said = ''
    child.stdout?.on('data', (text) => {
      said += text
    })
    await until(() => said.includes('READY'), 'both takes')
    const files = said.match(/^file: .*$/gm)
    expect(files).toEqual([`file: ${path}`, `file: ${path}`])
    expect(said).toContain(`taken by: ${child.pid}, `)
    expect(await takeAs('b')).toMatchObject({ exitCode: 6 })
    child.kill('SIGKILL')
    await until(async () => (await takeAs('b')).exitCode === 0, 'the take is over')
  })

  itLong('the ancestor whose number CROSS_AGENT_SESSION is', async () => {
    await putOf(1, 'talk')
    const script = `export CROSS_AGENT_SESSION=$$; ${take}; ${take}; kill -9 $$`
    const loop = await home.exec('sh', ['-c', script], { cwd: bob })
    expect(loop).toMatchObject({ signal: 'SIGKILL', stderr: '' })
    expect(loop.stdout.match(/^taken by: \d+, /gm)).toHaveLength(2)
    expect(await takeAs('b')).toMatchObject({ exitCode: 0 })
  })

  it('no command that was killed while it checked a message', async () => {
    await putOf(1, 'talk')
    home.stub('gpg', `echo $PPID > '${home.path}/checking'; exec sleep 600`)
    const first = home.start('recv', ['--next', '--take'], { cwd: bob, env: { CROSS_AGENT_SESSION: 'a' } })
    await until(() => existsSync(join(home.path, 'checking')), 'gpg runs')
    rmSync(join(home.path, 'programs/gpg'))
    const second = takeAs('b')
    first.kill('SIGKILL')
    expect(await second).toMatchObject({ exitCode: 0 })
  })

  itLong('not one that cannot be judged here', async () => {
    await putOf(1, 'talk')
    await takeAs('a')
    const file = join(inbox, takeFiles()[0] ?? '')
    const content = JSON.parse(readFileSync(file, 'utf8'))
    const gone = { pid: 4194305, started: '1', scope: 'elsewhere' }
    writeFileSync(file, `${JSON.stringify({ ...content, process: gone })}\n`)
    expect(await takeAs('b')).toMatchObject({ exitCode: 6 })
  })
})

describe('C21 many ask at once', () => {
  const sessions = Array.from({ length: isLong ? 50 : 6 }, (_, number) => `s${number}`)

  it('as many sessions as messages get a different one each', LONGER, async () => {
    for (const [number] of sessions.entries()) await putOf(number, `talk-${number}`)
    const taken = await Promise.all(sessions.map((session) => takeAs(session)))
    expect(taken.map(({ exitCode, stderr }) => `${exitCode}${stderr}`)).toEqual(sessions.map(() => '0'))
    expect(new Set(taken.map(fileIn)).size).toBe(sessions.length)
    expect(await takeAs('late')).toMatchObject({ exitCode: 6 })
    expect(takeFiles()).toHaveLength(sessions.length)
  })

  it('one of many gets a conversation, the others nothing', LONGER, async () => {
    for (let second = 1; second <= 5; second++) await putOf(second, 'talk', { SEQUENCE: String(second) })
    const taken = await Promise.all(sessions.map((session) => takeAs(session)))
    expect(taken.filter(({ exitCode }) => exitCode === 0).map(fileIn)).toEqual([join(inbox, stamped(1))])
    expect(taken.filter(({ exitCode }) => exitCode === 6)).toHaveLength(sessions.length - 1)
  })
})
