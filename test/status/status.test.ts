import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

const put = (name: string, content: string | Uint8Array = messageText()) =>
  home.write(`projects/bob/inbox/from-agents/${name}`, content)

interface Shown {
  halt_active: boolean
  projects: {
    name: string
    pending_count: number
    unparseable_count?: number
    most_recent: { filename: string } | null
  }[]
}
const status = async (): Promise<Shown> => JSON.parse((await home.run('status', ['--json'])).stdout)

describe('A6 unparseable files', () => {
  it('are named below the table and counted in the JSON, where there are any', async () => {
    put('good.org')
    expect((await status()).projects).toEqual([
      {
        name: 'bob',
        pending_count: 1,
        most_recent: { filename: 'good.org', age_seconds: expect.any(Number) },
      },
    ])
    put('bad.org', 'no header\n')
    put('worse.org', '#+TITLE: only\n')
    expect((await status()).projects).toMatchObject([{ pending_count: 3, unparseable_count: 2 }])
    const { stdout } = await home.run('status', [])
    expect(stdout.split('\n').at(-2)).toBe('⚠ 2 files unparseable in bob')
  })
})

describe('B14 under HALT', () => {
  it('the banner goes to stderr in JSON mode, to stdout otherwise', async () => {
    put('m.org')
    home.write('.config/cross-agent-comms/HALT', 'because\n')
    const json = await home.run('status', ['--json'])
    expect(json.exitCode).toBe(0)
    expect(JSON.parse(json.stdout)).toMatchObject({ halt_active: true })
    const banner = `⚠ HALT ACTIVE — cross-agent comms paused\n  reason: because\n  clear: rm ${home.path}/.config/cross-agent-comms/HALT  (or: cross-agent-resume)\n`
    expect(json.stderr).toBe(banner)
    expect(await home.run('status', [])).toMatchObject({
      stdout: expect.stringContaining(`${banner}\nproject`),
      stderr: '',
    })
  })
})

describe('B15 timestamps are compared as instants', () => {
  it('a release in another offset answers what came before it and nothing else', async () => {
    put('before.org', messageText({ TIMESTAMP: '2026-04-27T12:00:00+02:00' }))
    put('release.org', messageText({ TIMESTAMP: '2026-04-27T10:30:00Z', MESSAGE_TYPE: 'release' }))
    expect((await status()).projects).toMatchObject([{ pending_count: 0 }])
    put('after.org', messageText({ TIMESTAMP: '2026-04-27T06:00:00-05:00' }))
    expect((await status()).projects).toMatchObject([
      { pending_count: 1, most_recent: { filename: 'after.org' } },
    ])
  })
  it('as text where one of them is unparseable', async () => {
    put('message.org', messageText({ TIMESTAMP: '2026-04-27 noon' }))
    put('release.org', messageText({ TIMESTAMP: '2026-04-28', MESSAGE_TYPE: 'release' }))
    expect((await status()).projects).toMatchObject([{ pending_count: 0 }])
  })
})

describe('B16 files that cannot be read', () => {
  it('are counted as unparseable: bytes that are no text, folders, fifos, dangling links', async () => {
    put('latin1.org', Buffer.concat([Buffer.from(messageText()), Buffer.from([0xe9])]))
    mkdirSync(join(home.inbox('bob'), 'folder.org'))
    symlinkSync('nowhere', join(home.inbox('bob'), 'dangling.org'))
    spawnSync('mkfifo', [join(home.inbox('bob'), 'fifo.org')])
    expect((await status()).projects).toMatchObject([{ pending_count: 4, unparseable_count: 4 }])
  })
  it('come among the others by their names where all arrived at once', async () => {
    const at = new Date('2026-04-27T00:00:00Z')
    for (const [name, text] of [
      ['a.org', 'no header'],
      ['b.org', messageText()],
    ] as const) {
      put(name, text)
      utimesSync(join(home.inbox('bob'), name), at, at)
    }
    expect((await status()).projects).toMatchObject([{ most_recent: { filename: 'a.org' } }])
  })
  it('are read like others if only their names are not UTF-8', async () => {
    put('m.org')
    const odd = Buffer.concat([
      Buffer.from(`${home.inbox('bob')}/z`),
      Buffer.from([0xff]),
      Buffer.from('.org'),
    ])
    writeFileSync(odd, messageText())
    const then = Date.now() / 1000 + 60
    utimesSync(odd, then, then)
    const { stdout } = await home.run('status', ['--json'])
    expect(stdout).toContain('"filename": "z\\udcff.org"')
    expect((await status()).projects).toMatchObject([{ pending_count: 2 }])
    expect((await home.run('status', [])).stdout).toMatch(/^bob +2 +z.+\.org/m)
  })
  itLong('are skipped if they vanish meanwhile', async () => {
    const file = put('20260101T000000Z-from-a-talk.org')
    const churn = setInterval(
      () => (existsSync(file) ? rmSync(file) : put('20260101T000000Z-from-a-talk.org')),
      1,
    )
    for (let runs = 0; runs < 20; runs++) expect((await status()).projects).toMatchObject([{ name: 'bob' }])
    clearInterval(churn)
  })
})

it('reads only the heads of messages', async () => {
  put('large.org', messageText({}, 'x'.repeat(5_000_000)))
  const bin = binOf('status')
  const trace = ['-f', '-y', '-e', 'trace=read,pread64', 'node', bin]
  const { stderr } = await home.exec('strace', trace)
  const reads = stderr.split('\n').filter((line) => line.includes('large.org>'))
  expect(reads).toHaveLength(1)
  expect(reads[0]).toMatch(/= 1024$/)
})
