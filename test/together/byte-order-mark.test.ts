import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { faultsOf } from '../support/doctor'
import { putSigned } from '../support/inbox'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

const MARK = '\ufeff'
const NEEDS_TOOL = messageText().replace('#+TITLE', '#+REQUIRES_TOOLS: no-such-tool\n#+TITLE')

describe('B60 a byte order mark hides the first field of a header', () => {
  beforeEach(() => mkdirSync(home.inbox('bakery'), { recursive: true }))
  const send = (...args: string[]) => home.run('send', ['bakery', ...args, '--no-sign'])
  const onlySent = () => {
    const [name = '', ...others] = readdirSync(home.inbox('bakery'))
    expect(others).toEqual([])
    return readFileSync(join(home.inbox('bakery'), name), 'utf8')
  }

  it.each(
    sample(
      [
        ['alone', []],
        ['with flags', ['--title', 'x']],
      ],
      1,
    ),
  )('send refuses such a file, %s, and the line that it shows helps', async (_, flags) => {
    const message = home.write("it's.org", MARK + NEEDS_TOOL)
    const refused = await send(message, ...flags)
    expect(refused).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringMatching(/^a byte order mark /),
    })
    expect(readdirSync(home.inbox('bakery'))).toEqual([])
    const line = /(?<=take it away: ).*/.exec(refused.stderr)?.[0] ?? ''
    expect(await home.exec('sh', ['-c', line])).toMatchObject({ exitCode: 0 })
    expect(readFileSync(message, 'utf8')).toBe(NEEDS_TOOL)
    expect(await send(message)).toMatchObject({ exitCode: 0 })
    expect(onlySent()).toBe(NEEDS_TOOL)
  })
  it('send drops it from a text whose header is made', async () => {
    expect(await send(home.write('text', `${MARK}Bake.\n`), '--type', 'query')).toMatchObject({ exitCode: 0 })
    expect(onlySent()).toMatch(/^#\+TITLE: Bake\.\n[\s\S]*\n\nBake\.\n$/)
    expect(onlySent()).not.toContain(MARK)
  })
  itLong('send drops it before front matter', async () => {
    const text = home.write('text', `${MARK}---\ntitle: Rye\n---\nBake.\n`)
    expect(await send(text, '--type', 'query')).toMatchObject({ exitCode: 0 })
    expect(onlySent()).toMatch(/^#\+TITLE: Rye\n[\s\S]*\n\nBake\.\n$/)
  })
  it('recv rejects such a message, whatever its first field says', async () => {
    await home.makeKey()
    const hidden = await putSigned(home, 'bakery', '20260427T091142Z-from-mill-a.org', MARK + NEEDS_TOOL)
    const plain = await putSigned(
      home,
      'bakery',
      '20260427T091143Z-from-mill-b.org',
      `${MARK}Hi\n${NEEDS_TOOL}`,
    )
    expect(await home.run('recv', [hidden])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('reason: a byte order mark hides the first field of the header\n'),
    })
    // Here it hides nothing.
    expect(await home.run('recv', [plain])).toMatchObject({ exitCode: 2 })
  })
  itLong('in peers.toml it is named, by send, recv and the doctor', async () => {
    const signers = `signers = ["${'A'.repeat(40)}"]`
    home.write('.config/cross-agent-comms/peers.toml', `${MARK}[trust]\n${signers}\n`)
    const problem = 'it begins with a byte order mark, which TOML does not allow'
    const failed = await send('-m', 'Bake.')
    expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(problem) })
    await home.makeKey()
    const path = await putSigned(home, 'bakery', '20260427T091142Z-from-mill-a.org', messageText())
    expect(await home.run('recv', [path])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/^reason: trusted signers unknown: .*byte order mark/m),
    })
    expect(JSON.stringify(await faultsOf(home))).toContain(problem)
    const line = /(?<=take it away: ).*/.exec(failed.stderr)?.[0] ?? ''
    expect(await home.exec('sh', ['-c', line])).toMatchObject({ exitCode: 0 })
    expect(await send('-m', 'Bake.')).toMatchObject({ exitCode: 0 })
  })
})
