import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { isLong, LONGER } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

describe('a conversation on one machine, signed with a real key', () => {
  const home = sharedHome()
  const inbox = home.inbox('bob')
  const send = (text: string, ...args: string[]) =>
    home.run('send', ['local.bob', home.write('message.org', text), ...args], {
      cwd: join(home.path, 'projects/alice'),
    })
  const sentTo = (stdout: string) => stdout.replace(/^sent: (.*)\n$/s, '$1')
  let first = ''

  beforeAll(async () => {
    for (const name of ['alice', 'bob']) mkdirSync(home.inbox(name), { recursive: true })
    await home.makeKey()
  })

  it('sends: signature and message, mode 0600, under the canonical name', async () => {
    const sent = await send(messageText())
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    first = sentTo(sent.stdout)
    expect(first).toMatch(new RegExp(`^${inbox}/\\d{8}T\\d{6}Z-from-alice-talk\\.org$`))
    for (const file of [first, `${first}.asc`]) expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(first, 'utf8')).toBe(messageText())
  })

  it('receives: process, exit 0', async () => {
    const received = await home.run('recv', [first])
    expect(received.exitCode).toBe(0)
    expect(received.stdout).toMatch(/^decision: process\nmessage_type: request\nconversation_id: talk\n/)
  })

  it('B1 answers dedup for the retry, exit 1, and still process for the first', async () => {
    const retry = sentTo((await send(messageText())).stdout)
    expect(await home.run('recv', [retry])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining(`reason: identical retry of ${first.slice(inbox.length + 1)}\n`),
    })
    expect((await home.run('recv', [first])).exitCode).toBe(0)
  })

  it('answers query for another protocol version, exit 2', async () => {
    expect(await home.run('recv', [first, '--protocol-version', '6'])).toMatchObject({
      exitCode: 2,
      stdout: expect.stringContaining('reason: PROTOCOL_VERSION mismatch: expected 6, got 5\n'),
    })
  })

  it('rejects a message that was changed after signing, exit 3', async () => {
    const tampered = join(inbox, '20260101T000000Z-from-alice-tampered.org')
    writeFileSync(tampered, messageText({}, 'Pay me.\n'))
    copyFileSync(`${first}.asc`, `${tampered}.asc`)
    expect(await home.run('recv', [tampered])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/^decision: reject\nreason: gpg verify failed: .*BAD signature/),
    })
    renameSync(tampered, join(home.path, 'tampered'))
  })

  it('A4 advises on the sequence, and says nothing when it is right', async () => {
    const wrong = await send(messageText({ SEQUENCE: '7' }))
    expect(wrong.exitCode).toBe(0)
    expect(wrong.stderr).toBe(
      'advice: SEQUENCE is 7, but the highest seen in conversation talk is 1; the next would be 2\n',
    )
    expect(await send(messageText({ SEQUENCE: '8' }))).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('counts what waits until a release answers it', async () => {
    expect((await home.run('status', [])).stdout).toMatch(/^bob +4 /m)
    await send(messageText({ MESSAGE_TYPE: 'release', SEQUENCE: '9', TIMESTAMP: '2026-04-27T09:30:00Z' }))
    expect((await home.run('status', [])).stdout).toMatch(/^bob +0 +—$/m)
  })
})

const SENDS = isLong ? 40 : 4

describe('B5 many sends of one conversation started together', () => {
  const home = sharedHome()
  beforeAll(() => home.makeKey())

  it('leave as many messages under as many names, each with its own fitting signature', LONGER, async () => {
    const files = Array.from({ length: SENDS }, (_, n) => {
      return home.write(`message-${n}.org`, messageText({ SEQUENCE: String(n) }, `Number ${n}.\n`))
    })
    const sent = await Promise.all(
      files.map((file) => home.run('send', ['local.bob', file], { cwd: '/tmp' })),
    )
    expect(sent.map((outcome) => outcome.exitCode)).toEqual(Array(SENDS).fill(0))
    const names = readdirSync(home.inbox('bob')).sort()
    const messages = names.filter((name) => name.endsWith('.org'))
    expect(messages).toHaveLength(SENDS)
    expect(messages.every((name) => /^\d{8}T\d{6}Z-from-tmp-talk\.org$/.test(name))).toBe(true)
    expect(names).toEqual(messages.flatMap((name) => [name, `${name}.asc`]))
    const bodies = messages.map(
      (name) => readFileSync(join(home.inbox('bob'), name), 'utf8').split('\n\n')[1],
    )
    expect(new Set(bodies).size).toBe(SENDS)
    for (const name of messages) {
      const verified = await home.run('recv', [join(home.inbox('bob'), name)])
      expect(verified, verified.stdout).toMatchObject({ exitCode: 0 })
    }
  })
})
