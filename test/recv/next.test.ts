import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { put, putSigned, sign } from '../support/inbox'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
const projects = join(home.path, 'projects')
const bob = join(projects, 'bob')

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const folder of ['projects', 'programs', '.config', 'elsewhere'])
    rmSync(join(home.path, folder), { recursive: true, force: true })
  mkdirSync(bob, { recursive: true })
})

const next = (...args: string[]) => home.run('recv', ['--next', ...args], { cwd: bob })
const stamped = (second: number, conversation = 'talk') =>
  `20260101T0000${String(second).padStart(2, '0')}Z-from-mill-${conversation}.org`
const about = (conversation: string, fields: Record<string, string> = {}) =>
  messageText({ CONVERSATION_ID: conversation, ...fields })
/** The name of the first message that waits, if there is one. */
const first = async (...args: string[]) => {
  const { stdout } = await next('--no-verify', ...args)
  return /^file: .*\/(.*)$/m.exec(stdout)?.[1]
}

describe('C13 --next decides on the first message that waits and shows it', () => {
  it('0: process', async () => {
    const path = await putSigned(home, 'bob', stamped(1), messageText())
    const found = await next()
    expect(found).toMatchObject({ exitCode: 0, stderr: '' })
    expect(found.stdout).toBe((await home.run('recv', ['--show', path])).stdout)
    const json = await next('--json')
    expect(json.exitCode).toBe(0)
    expect(JSON.parse(json.stdout)).toMatchObject({ decision: 'process', path, body: 'Hello.\n' })
  })
  it('1: dedup, where an identical one is done', async () => {
    const path = await putSigned(home, 'bob', stamped(1), messageText())
    mkdirSync(join(dirname(path), 'done'))
    for (const end of ['', '.asc']) renameSync(path + end, join(dirname(path), 'done', stamped(1) + end))
    await putSigned(home, 'bob', stamped(2), messageText())
    const found = await next()
    expect(found).toMatchObject({ exitCode: 1, stderr: '' })
    expect(found.stdout).toContain(`decision: dedup\nreason: identical retry of done/${stamped(1)}\n`)
    expect(JSON.parse((await next('--json')).stdout)).toMatchObject({ decision: 'dedup' })
  })
  it('2: query', async () => {
    await putSigned(home, 'bob', stamped(1), messageText({ REQUIRES_TOOLS: 'no-such-tool' }))
    expect(await next()).toMatchObject({ exitCode: 2, stdout: expect.stringMatching('^decision: query\n') })
    expect(JSON.parse((await next('--json')).stdout)).toMatchObject({ decision: 'query' })
  })
  it('3: reject', async () => {
    put(home, 'bob', stamped(1), messageText())
    expect(await next()).toMatchObject({ exitCode: 3, stdout: expect.stringMatching('^decision: reject\n') })
    expect(JSON.parse((await next('--json')).stdout)).toMatchObject({ decision: 'reject', body: null })
  })
  it('5: halted', async () => {
    await putSigned(home, 'bob', stamped(1), messageText())
    home.write('.config/cross-agent-comms/HALT', '')
    for (const args of [[], ['--json']])
      expect(await next(...args)).toMatchObject({ exitCode: 5, stdout: '' })
  })
  it('6: nothing waits', async () => {
    for (const args of [[], ['--json'], ['--project', 'bob']])
      expect(await next(...args)).toMatchObject({ exitCode: 6, stdout: '', stderr: 'nothing waits in bob\n' })
    mkdirSync(home.inbox('bob'), { recursive: true })
    expect(await next()).toMatchObject({ exitCode: 6, stdout: '', stderr: 'nothing waits in bob\n' })
  })
  it('3, not 6, where the inbox cannot be read', async () => {
    put(home, 'bob', stamped(1), messageText())
    const inbox = join(home.inbox('bob'))
    const inject = ['-P', inbox, '-e', 'inject=getdents64:error=EIO']
    const args = ['-f', '-o', '/dev/null', ...inject, 'node', binOf('recv'), '--next']
    const failed = await home.exec('strace', args, { cwd: bob })
    expect(failed).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringMatching(/^.*EIO.*\n$/) })
  })
})

describe('C13 the project', () => {
  beforeEach(() => {
    put(home, 'bob', stamped(1, 'for-bob'), about('for-bob'))
    put(home, 'ann', stamped(1, 'for-ann'), about('for-ann'))
  })
  const from = async (cwd: string, ...args: string[]) => {
    const { stdout } = await home.run('recv', ['--next', '--no-verify', ...args], { cwd })
    return /^conversation_id: (.*)$/m.exec(stdout)?.[1]
  }
  it('is that of the working folder, however deep', async () => {
    const deep = join(bob, 'a/b')
    mkdirSync(deep, { recursive: true })
    for (const cwd of [bob, deep, home.inbox('bob')]) expect(await from(cwd)).toBe('for-bob')
    expect(await from(join(projects, 'ann'))).toBe('for-ann')
  })
  it('is named by --project, from anywhere', async () => {
    for (const cwd of [bob, '/', home.path]) expect(await from(cwd, '--project', 'ann')).toBe('for-ann')
  })
  itLong('is also found where ~/projects or its own folder is a link', async () => {
    const elsewhere = join(home.path, 'elsewhere')
    mkdirSync(elsewhere)
    renameSync(bob, join(elsewhere, 'robert'))
    symlinkSync(join(elsewhere, 'robert'), bob)
    expect(await from(bob)).toBe('for-bob')
    renameSync(projects, join(elsewhere, 'all'))
    symlinkSync(join(elsewhere, 'all'), projects)
    expect(await from(join(projects, 'ann'))).toBe('for-ann')
  })
  itLong('is also one that peers.toml places elsewhere (B28)', async () => {
    const inbox = join(home.path, 'elsewhere/mail/inbox/from-agents')
    home.write('elsewhere/mail/inbox/from-agents/m.org', about('for-carol'))
    home.write('.config/cross-agent-comms/peers.toml', `[projects.carol]\ninbox_path = "${inbox}"\n`)
    expect(await from('/', '--project', 'carol')).toBe('for-carol')
    expect(await from(join(home.path, 'elsewhere/mail'))).toBe('for-carol')
    expect(await from(inbox)).toBe('for-carol')
  })
  itLong('2: the working folder lies in none', async () => {
    for (const cwd of ['/', home.path, projects]) {
      const none = await home.run('recv', ['--next'], { cwd })
      expect(none).toMatchObject({ exitCode: 2, stdout: '' })
      expect(none.stderr).toBe(
        'the working folder is not in a project of this machine\nchange into one, or name it with --project NAME\n',
      )
    }
    const gone = mkdtempSync(join(home.path, 'gone-'))
    const line = `rmdir "$PWD" && exec '${process.execPath}' '${binOf('recv')}' --next`
    expect(await home.exec('sh', ['-c', line], { cwd: gone })).toMatchObject({ exitCode: 2, stdout: '' })
  })
  itLong('2: there is none of that name; the nearest are named', async () => {
    const unknown = await next('--project', 'bobb')
    expect(unknown).toMatchObject({ exitCode: 2, stdout: '' })
    expect(unknown.stderr).toBe('no such project on this machine: bobb\nthe nearest: bob\n')
    for (const name of ['', '.', '..', '../bob', 'x\x1b[2J'])
      expect(await next('--project', name)).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringMatching(/^no such project on this machine: [^\x1b\n]*\n[^\n]*\n$/),
      })
  })
  itLong('2: --project without --next, --next with a file of its own', async () => {
    for (const args of [
      ['--project', 'bob', 'm.org'],
      ['--next', 'm.org'],
    ])
      expect(await home.run('recv', args, { cwd: bob })).toMatchObject({ exitCode: 2, stdout: '' })
  })
})

describe('C13 the order', () => {
  it('is that of the stamps, then of modification times, then of names', async () => {
    const wanted = [stamped(1, 'z'), stamped(2, 'a'), 'z.org', 'a.org', 'b.org']
    for (const [index, name] of wanted.entries()) {
      const path = put(home, 'bob', name, about(`c${index}`))
      // The stamped ones came last: their times do not count.
      const time = index < 2 ? 9000 - index : index === 2 ? 1000 : 2000
      utimesSync(path, time, time)
    }
    for (const name of wanted) {
      expect(await first()).toBe(name)
      rmSync(join(home.inbox('bob'), name))
    }
    expect(await first()).toBeUndefined()
  })
})

describe('C13 what waits is not', () => {
  const release = (conversation: string, hour: string, fields: Record<string, string> = {}) =>
    about(conversation, { MESSAGE_TYPE: 'release', TIMESTAMP: `2026-04-27T${hour}:00:00-05:00`, ...fields })
  it.each(
    sample(
      [
        ['by a stamped name', stamped(3, 'old')],
        ['by any name, where both have a FROM', 'release.org'],
      ],
      1,
    ),
  )('released, nor a release: %s', async (_, name) => {
    put(home, 'bob', stamped(1, 'old'), about('old', { FROM: 'vm.mill' }))
    put(home, 'bob', name, release('old', '05', { FROM: 'vm.mill' }))
    expect(await first()).toBeUndefined()
    put(home, 'bob', stamped(2, 'new'), about('new'))
    expect(await first()).toBe(stamped(2, 'new'))
  })
  itLong('released in many conversations', async () => {
    for (let number = 0; number < 20; number++) {
      put(home, 'bob', stamped(number, `c${number}`), about(`c${number}`))
      put(home, 'bob', stamped(number + 30, `c${number}`), release(`c${number}`, '05'))
    }
    expect(await first()).toBeUndefined()
    put(home, 'bob', stamped(59, 'open'), about('open'))
    expect(await first()).toBe(stamped(59, 'open'))
  })
  it('later than the release of its conversation, or of another one', async () => {
    put(home, 'bob', stamped(1, 'talk'), about('talk'))
    put(home, 'bob', stamped(2, 'talk'), release('talk', '03'))
    put(home, 'bob', stamped(3, 'more-talk'), release('more-talk', '05'))
    expect(await first()).toBe(stamped(1, 'talk'))
  })
  it('done, hidden, a signature, or no file', async () => {
    put(home, 'bob', `done/${stamped(1)}`, messageText())
    put(home, 'bob', '.hidden.org', messageText())
    put(home, 'bob', 'm.org.asc', '')
    put(home, 'bob', 'notes.txt', messageText())
    mkdirSync(join(home.inbox('bob'), stamped(2)))
    mkdirSync(join(home.inbox('bob'), 'folder.org'))
    symlinkSync('nowhere', join(home.inbox('bob'), stamped(3)))
    await home.exec('mkfifo', [join(home.inbox('bob'), stamped(4))])
    expect(await first()).toBeUndefined()
    put(home, 'bob', stamped(5, 'open'), about('open'))
    expect(await first()).toBe(stamped(5, 'open'))
    rmSync(join(home.inbox('bob'), stamped(5, 'open')))
    put(home, 'bob', 'open.org', about('open'))
    expect(await first()).toBe('open.org')
  })
  it('passed over where its header cannot be read: it is rejected', async () => {
    put(home, 'bob', stamped(1), Buffer.from([0xff]))
    expect(await next()).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching('^decision: reject\nreason: cannot read: not UTF-8 text\nfile: '),
    })
  })
})

describe('C13 the work', () => {
  it('is one call of gpg, however many wait', async () => {
    home.stub('gpg', 'echo . >> "$HOME/calls"\nexec /usr/bin/gpg "$@"')
    for (let second = 0; second < 5; second++) {
      await putSigned(home, 'bob', stamped(second, `c${second}`), about(`c${second}`))
    }
    rmSync(join(home.path, 'calls'))
    for (const args of [[], ['--json']]) expect((await next(...args)).exitCode).toBe(0)
    expect(readFileSync(join(home.path, 'calls'), 'utf8')).toBe('.\n.\n')
  })

  itLong('does not grow with what waits behind the first: not all heads are read', async () => {
    for (let number = 0; number < 10_000; number++) {
      const time = String(number + 100_000).slice(1)
      const name = `20260101T0${time}Z-from-mill-c${number}.org`
      put(home, 'bob', name, about(`c${number}`))
    }
    await sign(home, join(home.inbox('bob'), '20260101T000000Z-from-mill-c0.org'))
    const trace = join(home.path, 'trace')
    const options = ['-f', '-o', trace, '-e', 'trace=open,openat,stat,lstat,statx,newfstatat']
    const done = await home.exec('strace', [...options, 'node', binOf('recv'), '--next'], { cwd: bob })
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('conversation_id: c0\n') })
    const looked = readFileSync(trace, 'utf8').match(/from-mill-c\d+\.org"/g) ?? []
    expect(looked.length).toBeLessThan(100)
  })
})
