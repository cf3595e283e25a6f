import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { itLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedFleet } from '../support/own-home'

const fleet = sharedFleet(['velox'], 142)
const { home } = fleet
const velox = fleet.machine('velox')
const inbox = velox.home.inbox('bob')
const temp = join(home.path, 't')
const file = home.write('message.org', messageText())

beforeAll(() => mkdirSync(temp))
afterEach(() => {
  for (const path of [join(velox.home.path, 'programs'), join(home.path, '.local')])
    rmSync(path, { recursive: true, force: true })
})

/** With the usual retries, which would take minutes. */
const send = (env: Record<string, string> = {}, ...args: string[]) => {
  mkdirSync(inbox, { recursive: true })
  return home.run('send', ['velox.bob', file, '--no-sign', ...args], {
    cwd: '/tmp',
    env: { TMPDIR: temp, ...env },
  })
}
const once = () => send({}, '--retries', '0')

/** Changes a file for the time of a test. */
async function having<T>(path: string, change: (text: string) => string, work: () => Promise<T>): Promise<T> {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  writeFileSync(path, change(before ?? ''))
  try {
    return await work()
  } finally {
    if (before === undefined) rmSync(path)
    else writeFileSync(path, before)
  }
}

describe('C2 a failed send says why, and what to do', () => {
  it('a host that cannot be resolved: at the first try', async () => {
    const config = join(home.path, 'ssh_config')
    const sent = await having(config, (text) => text.replaceAll(velox.address, 'velox.invalid'), send)
    expect(sent.exitCode).toBe(3)
    expect(sent.stderr).not.toContain('retrying')
    expect(sent.stderr).toMatch(
      /Could not resolve hostname.*\nvelox: its host name cannot be resolved; correct host of \[peers\.velox\] .*\nmarker written: /,
    )
  })

  itLong('a missing ssh: at the first try', async () => {
    const programs = join(home.path, 'without-ssh')
    mkdirSync(programs)
    symlinkSync('/usr/bin/rsync', join(programs, 'rsync'))
    const sent = await send({ PATH: programs })
    expect(sent.exitCode).toBe(3)
    expect(sent.stderr).not.toContain('retrying')
    expect(sent.stderr).toContain('velox: ssh is not installed on this machine; install openssh-client\n')
  })

  it('a changed host key', async () => {
    const other = readFileSync(join(home.path, 'ssh_key.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
    const sent = await having(join(home.path, 'known_hosts'), () => `velox ${other}\n`, once)
    expect(sent.stderr).toContain('velox: its host key has changed: ')
    expect(sent.stderr).toContain('ssh-keygen -R velox, then log in once: ssh root@velox\n')
  })

  itLong('an unknown host key', async () => {
    const sent = await having(join(home.path, 'known_hosts'), () => '', once)
    expect(sent.stderr).toContain('confirm the key: ssh root@velox\n')
  })

  it('a refused key', async () => {
    const sent = await having(join(velox.home.path, 'authorized_keys'), () => '', once)
    expect(sent.stderr).toContain('velox: it does not accept your ssh key, or none is loaded; ')
    expect(sent.stderr).toContain('ssh-copy-id root@velox\n')
  })

  it('a start-up file of the shell there that prints', async () => {
    // bash reads it for the commands of an ssh session.
    const sent = await having(join(velox.home.path, '.bashrc'), () => 'echo welcome\n', once)
    expect(sent.stderr).toContain(
      'velox: a start-up file of the shell there prints text (.bashrc, .profile); ',
    )
  })

  it('a full disk', async () => {
    mkdirSync(inbox, { recursive: true })
    velox.home.stub('rsync', 'echo "rsync: write failed: No space left on device (28)" >&2; exit 11')
    const sent = await once()
    expect(sent.stderr).toContain('velox: its disk is full, or a quota is used up; make room there\n')
  })

  it('a peer without rsync', async () => {
    velox.home.stub('rsync', 'echo "bash: rsync: command not found" >&2; exit 127')
    expect((await once()).stderr).toContain('velox: it has no rsync; install rsync there\n')
  })

  itLong('and every one how to send again', async () => {
    velox.stop()
    const sent = await once()
    velox.start()
    expect(sent.stderr).toContain('velox: no ssh server answers there; start sshd there, or the machine\n')
    expect(sent.stderr.trimEnd().split('\n').at(-1)).toBe(
      'send it again with: cross-agent-send --retry-failed velox.bob',
    )
  })
})
