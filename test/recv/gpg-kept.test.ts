import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { outcomeOf } from '../support/home'
import { gpg } from '../support/keys'
import { isLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { has } from '../support/programs'

describe('B56 gpg that cannot write or read what is its own', () => {
  const home = sharedHome()
  const message = home.write(
    'projects/bob/inbox/from-agents/20260427T091142Z-from-mill-talk.org',
    messageText(),
  )
  /** Runs `work` while a folder stands where gpg looks for its file: so it is for root, too. */
  const without = async <Outcome>(name: string, work: () => Promise<Outcome>) => {
    const file = join(home.env.GNUPGHOME ?? '', name)
    renameSync(file, `${file}.away`)
    mkdirSync(file)
    try {
      return await work()
    } finally {
      rmSync(file, { recursive: true })
      renameSync(`${file}.away`, file)
    }
  }

  beforeAll(async () => {
    await home.makeKey()
    await gpg(home, '--armor', '--output', `${message}.asc`, '--detach-sign', message)
  })

  it('takes good mail without its database of trust', async () => {
    const found = await without('trustdb.gpg', () => home.run('recv', [message]))
    expect(found).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('decision: process\n') })
  })
  it('still rejects bad mail without it', async () => {
    const bad = home.write(
      'projects/bob/inbox/from-agents/20260427T091143Z-from-mill-bad.org',
      messageText({}, 'x'),
    )
    await gpg(home, '--armor', '--output', `${bad}.asc`, '--detach-sign', message)
    const found = await without('trustdb.gpg', () => home.run('recv', [bad]))
    expect(found).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('BAD signature') })
  })
  it('says that it cannot open its keyring', async () => {
    const found = await home.run('recv', [message], { env: { GNUPGHOME: '/nowhere' } })
    expect(found).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining(
        'reason: gpg verify failed: gpg cannot judge: it cannot open its keyring (gpg: ',
      ),
    })
  })
})

/** As in the sandbox of an agent: node's pipes are sockets, and none of them can be half-closed. */
const WITHOUT_SHUTDOWN = [
  '-f',
  '-o',
  '/dev/null',
  '-e',
  'trace=shutdown',
  '-e',
  'inject=shutdown:error=EPERM',
]

describe.skipIf(!has('strace'))('B64 where shutdown(2) is forbidden', () => {
  const home = sharedHome()
  const inbox = home.inbox('bakery')
  const forbidden = (command: string, ...args: string[]) =>
    home.exec('strace', [...WITHOUT_SHUTDOWN, process.execPath, binOf(command), ...args])
  beforeAll(async () => {
    await home.makeKey()
    mkdirSync(inbox, { recursive: true })
  })

  it('send signs, recv verifies, a hook tells', async () => {
    const event = home.write(
      'event',
      JSON.stringify({
        session_id: 's',
        cwd: join(home.path, 'projects/bakery'),
        hook_event_name: 'SessionStart',
      }),
    )
    expect(await forbidden('send', 'bakery', '-m', 'Bake.')).toMatchObject({ exitCode: 0 })
    expect(await forbidden('recv', '--next', '--project', 'bakery')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('decision: process\n'),
    })
    const hook = `exec strace ${WITHOUT_SHUTDOWN.join(' ')} "$@" < ${event}`
    const watch = [process.execPath, binOf('watch'), '--hook', 'claude']
    expect(await home.exec('sh', ['-c', hook, 'sh', ...watch])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('signed by'),
    })
  })
})

describe('B75 whoever waits for gpg is told so', () => {
  const home = sharedHome()
  const message = home.write('m.org', messageText())
  beforeAll(() => {
    home.write('m.org.asc', 'x')
    home.stub('gpg', 'while [ ! -e "$HEARD" ]; do sleep 0.1; done; echo broken >&2; exit 1')
    mkdirSync(home.inbox('bakery'), { recursive: true })
  })

  it.runIf(isLong).concurrent.each([
    [['recv', message], /^waiting for gpg to verify the signature\n$/],
    [
      ['send', 'bakery', '-m', 'x'],
      /^waiting for gpg to sign: does it ask for a passphrase somewhere\?\nsigning failed: /,
    ],
  ])('%j', async ([command = '', ...args], said) => {
    const heard = join(home.path, `heard-${command}`)
    const child = home.start(command, args, { env: { HEARD: heard } })
    // gpg ends once that is said, and not before.
    child.stderr?.once('data', () => writeFileSync(heard, ''))
    expect((await outcomeOf(child)).stderr).toMatch(said)
  })
})
