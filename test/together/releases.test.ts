import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { put, putSigned } from '../support/inbox'
import { fingerprint } from '../support/keys'
import { isLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
const bakery = join(home.path, 'projects/bakery')
const inbox = home.inbox('bakery')

beforeAll(async () => {
  await home.makeKey('mill')
  await home.makeKey('oak')
})
beforeEach(() => {
  for (const folder of ['projects', 'programs', '.config', '.local'])
    rmSync(join(home.path, folder), { recursive: true, force: true })
  mkdirSync(inbox, { recursive: true })
  mkdirSync(home.inbox('mill'), { recursive: true })
})

const nameOf = (second: number, sender = 'mill') => `20260101T00000${second}Z-from-${sender}-talk.org`
const REQUEST = messageText()
const FROM_MILL = messageText({ FROM: 'vm.mill', TO: 'vm.bakery' })
const release = (fields: Record<string, string> = {}) =>
  messageText({ MESSAGE_TYPE: 'release', SEQUENCE: '2', TIMESTAMP: '9999-12-31T00:00:00Z', ...fields })

const run = (command: string, ...args: string[]) => home.run(command, args, { cwd: bakery })
const next = async (...args: string[]) => {
  const { exitCode, stdout } = await run('recv', '--next', ...args)
  return exitCode === 6 ? undefined : /^file: .*\/(.*)$/m.exec(stdout)?.[1]
}
const hook = (event: string) =>
  home.exec('sh', [
    '-c',
    `echo "$1" | "$2" "$3" --hook claude`,
    'sh',
    eventOf(event),
    process.execPath,
    binOf('watch'),
  ])
/** Of a session for each event: none is told twice. */
const eventOf = (hook_event_name: string) =>
  JSON.stringify({ hook_event_name, session_id: `session-${hook_event_name}`, cwd: bakery })

describe('B51 a release that recv would not process hides nothing', () => {
  it('from any command that tells what waits; the plain table counts as the scripts do', async () => {
    const path = await putSigned(home, 'bakery', nameOf(1), FROM_MILL)
    put(home, 'bakery', nameOf(2), release({ FROM: 'vm.mill' }))
    expect(await next()).toBe(nameOf(1))
    expect(await run('watch', '--once', '--here', '--timeout', '0')).toMatchObject({ stdout: `${path}\n` })
    expect(await run('status', '--here', '--quiet', '--exit-code')).toMatchObject({ exitCode: 3 })
    const listed = await run('status', '--messages', '--exit-code')
    expect(listed).toMatchObject({ exitCode: 3, stdout: expect.stringContaining(`  ${path}\n`) })
    expect(listed.stdout).toMatch(/^bakery +1 /m)
    expect((await run('status')).stdout).toMatch(/^bakery +0 /m)
    expect(JSON.parse((await run('status', '--json')).stdout).projects[0].pending_count).toBe(0)
    for (const event of ['SessionStart', 'Stop'])
      expect((await hook(event)).stdout).toContain('1 message waits for bakery, from vm.mill')
    const { messages } = JSON.parse((await run('status', '--thread', 'talk', '--json')).stdout)
    expect(messages.map(({ state }: { state: string }) => state)).toEqual(['waiting', 'released'])
    const sent = await home.run('status', ['--sent', '--json', '--project', 'mill'])
    expect(JSON.parse(sent.stdout).sent[0]).toMatchObject({ filename: nameOf(1), stage: 'waits' })
  })

  it.each(
    sample(
      [
        ['of another sender, by FROM', FROM_MILL, nameOf(2, 'oak'), release({ FROM: 'vm.oak' }), ['oak']],
        ['of another sender, by the file name', REQUEST, nameOf(2, 'oak'), release(), ['mill']],
        ['of another signer, without FROM', REQUEST, nameOf(2), release(), ['oak']],
        ['where only one of the two has a FROM, of another signer', FROM_MILL, nameOf(2), release(), ['oak']],
        ['for another project', FROM_MILL, nameOf(2), release({ FROM: 'vm.mill', TO: 'vm.mill' }), ['mill']],
        [
          'whose tools are not there',
          REQUEST,
          nameOf(2),
          release({ REQUIRES_TOOLS: 'no-such-tool' }),
          ['mill'],
        ],
        [
          'under a stamped name of another conversation',
          FROM_MILL,
          nameOf(2).replace('talk', 'walk'),
          release({ FROM: 'vm.mill' }),
          ['mill'],
        ],
        ['without a title', REQUEST, nameOf(2), release().replace(/^.*\n/, ''), ['mill']],
      ],
      1,
    ),
  )('%s', async (_, message, name, text, keys) => {
    await putSigned(home, 'bakery', nameOf(1), message, 'mill')
    await putSigned(home, 'bakery', name, text, ...keys)
    expect(await next()).toBe(nameOf(1))
    expect((await run('status', '--messages')).stdout).toContain(nameOf(1))
  })

  it('by a key that is not trusted', async () => {
    await putSigned(home, 'bakery', nameOf(1), FROM_MILL, 'mill')
    await putSigned(home, 'bakery', nameOf(2), release({ FROM: 'vm.mill' }), 'oak')
    expect(await next()).toBeUndefined()
    const trusted = await fingerprint(home, 'mill')
    home.write('.config/cross-agent-comms/peers.toml', `[trust]\nsigners = ["${trusted}"]\n`)
    expect(await next()).toBe(nameOf(1))
  })
})

describe('B51 a release counts that recv would process', () => {
  it.runIf(isLong).each([
    ['by FROM, whatever the names', FROM_MILL, 'release.org', release({ FROM: 'vm.mill' })],
    ['by file name and signer', REQUEST, nameOf(2), release()],
    ['where only one of the two has a FROM', FROM_MILL, nameOf(2), release()],
  ])('%s', async (_, message, name, text) => {
    await putSigned(home, 'bakery', nameOf(1), message, 'mill')
    await putSigned(home, 'bakery', name, text, 'mill')
    expect(await next()).toBeUndefined()
    expect(await run('status', '--here', '--quiet', '--exit-code')).toMatchObject({ exitCode: 0 })
    expect(await run('watch', '--once', '--here', '--timeout', '0')).toMatchObject({ exitCode: 124 })
    for (const event of ['SessionStart', 'Stop']) expect((await hook(event)).stdout).toBe('')
    const { messages } = JSON.parse((await run('status', '--thread', 'talk', '--json')).stdout)
    expect(messages.map(({ state }: { state: string }) => state)).toEqual(['released', 'released'])
  })

  it('also among many that do not, before huge ones', async () => {
    await putSigned(home, 'bakery', nameOf(1), FROM_MILL)
    await putSigned(home, 'bakery', nameOf(9), release({ FROM: 'vm.mill' }))
    for (let number = 2; number < 9; number++)
      put(home, 'bakery', nameOf(number), release({ FROM: 'vm.mill', TITLE: `${number}` }))
    expect(await next()).toBeUndefined()
  })

  it('costs no gpg where nothing waits that it could release', async () => {
    home.stub('gpg', 'touch "$HOME/asked"; exit 1')
    put(home, 'bakery', nameOf(1), release())
    put(home, 'bakery', nameOf(2, 'oak'), REQUEST)
    expect(await run('status', '--here', '--exit-code')).toMatchObject({ exitCode: 3 })
    expect(existsSync(join(home.path, 'asked'))).toBe(false)
  })
})
