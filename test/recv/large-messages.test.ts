import { readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { sign } from '../support/inbox'
import { gpg } from '../support/keys'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

const MB = 1024 * 1024
const LARGEST = 100 * MB
const HUGE = 20_000 * MB
/** Megabytes: what a command may take that reads no more than the beginning of a file. */
const LITTLE = 50
const TOO_LONG = messageText({ TITLE: 'x'.repeat(65_536) })

let peak: string
beforeEach(() => {
  peak = home.write('peak', '')
  home.write(
    'peak.cjs',
    // Not process.resourceUsage(): that counts what the process which started this one had in memory.
    `const { readFileSync, writeFileSync } = require('fs')
process.on('exit', () => {
  const [, kilobytes] = /^VmHWM:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
  writeFileSync(${JSON.stringify(peak)}, kilobytes)
})`,
  )
})

const put = (name: string, content: string | Uint8Array = messageText()) =>
  home.write(`projects/bob/inbox/from-agents/${name}`, content)
/** A file that begins like this and goes on with NULs that take no room on the disk. */
const sparse = (name: string, size: number, content = messageText()) => {
  const path = put(name, content)
  truncateSync(path, size)
  return path
}
/** Runs a command, and tells of the memory that it took at most, beyond that of an empty program of this node. */
const measured = async (command: string, args: readonly string[]) => {
  const env = { NODE_OPTIONS: `--require ${join(home.path, 'peak.cjs')}` }
  const megabytes = () => Number(readFileSync(peak, 'utf8')) / 1024
  await home.exec(process.execPath, ['--eval', ''], { env })
  const empty = megabytes()
  const outcome = await home.run(command, args, { env })
  return { ...outcome, megabytes: megabytes() - empty }
}
const recv = async (path: string, ...args: string[]) => {
  const { exitCode, stdout, megabytes } = await measured('recv', [path, ...args])
  return { decision: `${exitCode} ${/^reason: (.*)$/m.exec(stdout)?.[1] ?? 'good'}`, megabytes }
}

describe('B40 recv', () => {
  it('rejects a message of more than 100 MB, unread', async () => {
    for (const size of [LARGEST + 1, HUGE]) {
      const { decision, megabytes } = await recv(sparse('m.org', size), '--no-verify')
      expect(decision).toBe('3 the message is larger than 100 MB')
      expect(megabytes).toBeLessThan(LITTLE)
    }
  })
  it('takes one of 100 MB, with its signature', async () => {
    await home.makeKey()
    const message = sparse('m.org', LARGEST)
    await gpg(home, '--armor', '--output', `${message}.asc`, '--detach-sign', message)
    const { decision, megabytes } = await recv(message)
    expect(decision).toBe('0 good')
    expect(megabytes).toBeLessThan(360)
  })
  itLong('rejects a header of more than 64 KB, a body is no matter', async () => {
    expect((await recv(put('m.org', TOO_LONG), '--no-verify')).decision).toBe(
      '3 the header does not end within 64 KB',
    )
    const returns = await recv(put('m.org', Buffer.alloc(99 * MB, '\r')), '--no-verify')
    expect(returns.decision).toBe('3 the header does not end within 64 KB')
    expect(returns.megabytes).toBeLessThan(260)
    expect((await recv(put('m.org', messageText({}, 'x'.repeat(MB))), '--no-verify')).decision).toBe('0 good')
  })
  it('reads no neighbour further than it is like the message', async () => {
    const message = put('20260101T000001Z-from-a-talk.org')
    sparse('20260101T000000Z-from-a-talk.org', HUGE)
    const { decision, megabytes } = await recv(message, '--no-verify')
    expect(decision).toBe('0 good')
    expect(megabytes).toBeLessThan(LITTLE)
  })
})

describe('B74 recv --show', () => {
  it.each(sample(['\x01', 'a\u{1f600}\n'], 1))(
    'shows a long body in pieces, and all of it: %j',
    async (part) => {
      const body = part.repeat(1_100_000)
      const path = put('m.org', messageText({}, body))
      const shown = await home.run('recv', [path, '--show', '--no-verify'])
      expect(shown.stdout.slice(shown.stdout.indexOf('\n\n') + 2) === body).toBe(true)
      const { stdout } = await home.run('recv', [path, '--show', '--no-verify', '--json'])
      expect(JSON.parse(stdout).body === body).toBe(true)
      expect(/[^\0-\x7e]/.test(stdout)).toBe(false)
    },
  )

  // What is written is longer than any string: `npm run test:long`.
  itLong('shows 100 MB of control characters as JSON', async () => {
    const path = sparse('m.org', LARGEST)
    const line = `set -o pipefail; node ${binOf('recv')} ${path} --show --no-verify --json | wc -c`
    const { exitCode, stdout } = await home.exec('bash', ['-c', line])
    expect(exitCode).toBe(0)
    expect(Number(stdout)).toBeGreaterThan(6 * (LARGEST - 300))
  })
})

describe('B40 send', () => {
  const send = (path: string) => measured('send', ['--no-sign', 'local.bob', path])
  it('refuses a message of more than 100 MB, unread', async () => {
    const message = home.write('m.org', messageText())
    for (const size of [LARGEST + 1, HUGE]) {
      truncateSync(message, size)
      const refused = await send(message)
      expect(refused).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringMatching(/^message file is larger than 100 MB\n[^\n]+\n$/),
      })
      expect(refused.megabytes).toBeLessThan(LITTLE)
    }
    expect(readdirSync(home.path)).not.toContain('projects')
  })
  it('refuses a header of more than 64 KB, naming it', async () => {
    for (const content of [TOO_LONG, '\r'.repeat(MB), `${'\n'.repeat(65_536)}${messageText()}`]) {
      expect(await send(home.write('m.org', content))).toMatchObject({
        exitCode: 4,
        stdout: '',
        stderr: expect.stringMatching(/^the header does not end within 64 KB\n[^\n]+\n$/),
      })
    }
    expect(readdirSync(home.path)).not.toContain('projects')
  })
  itLong('gives its advice beside what is too large', async () => {
    await home.makeKey()
    await sign(home, put('20260101T000000Z-from-a-talk.org', messageText({ SEQUENCE: '7' })))
    sparse('20260101T000001Z-from-a-talk.org', HUGE, '')
    put('20260101T000002Z-from-a-talk.org', Buffer.alloc(150 * MB, '\r'))
    put('20260101T000003Z-from-a-talk.org', messageText({ TITLE: 'x'.repeat(65_536), SEQUENCE: '9' }))
    const sent = await send(home.write('m.org', messageText()))
    expect(sent).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('the highest seen in conversation talk is 7;'),
    })
    expect(sent.megabytes).toBeLessThan(LITTLE)
  })
})

describe('B40 status', () => {
  itLong('counts what has no header within 64 KB as unparseable', async () => {
    put('good.org', messageText({}, 'x'.repeat(MB)))
    sparse('good and sparse.org', HUGE)
    sparse('sparse.org', HUGE, '')
    put('returns.org', Buffer.alloc(150 * MB, '\r'))
    put('letters.org', Buffer.alloc(MB, 'x'))
    put('field.org', TOO_LONG)
    const shown = await measured('status', ['--json'])
    expect(JSON.parse(shown.stdout).projects).toMatchObject([
      { name: 'bob', pending_count: 6, unparseable_count: 4 },
    ])
    expect(shown.megabytes).toBeLessThan(LITTLE)
  })
  itLong('keeps long values once, though thousands of names lead to them', async () => {
    const long = 'x'.repeat(30_000)
    const message = put('m.org', messageText({ CONVERSATION_ID: long, TIMESTAMP: long }))
    const link = `const { linkSync } = require('fs'); for (let n = 0; n < 10000; n++) linkSync(process.argv[1], process.argv[1] + n + '.org')`
    expect(await home.exec(process.execPath, ['-e', link, message])).toMatchObject({ exitCode: 0 })
    const shown = await measured('status', ['--json'])
    expect(JSON.parse(shown.stdout).projects).toMatchObject([{ pending_count: 10_001 }])
    expect(shown.megabytes).toBeLessThan(260)
  })
})
