import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { outcomeOf } from '../support/home'
import { isLong, itLong } from '../support/long'
import { Fleet, type Machine } from '../support/machines'
import { messageText } from '../support/message'
import { until } from '../support/until'

describe('C20 one connection for all steps of a send', () => {
  let fleet: Fleet
  let velox: Machine
  let inbox: string
  let temp: string
  let message: string
  beforeAll(async () => {
    fleet = new Fleet(['velox'], 181).start()
    velox = fleet.machine('velox')
    inbox = velox.home.inbox('bob')
    mkdirSync(inbox, { recursive: true })
    temp = join(fleet.home.path, 't')
    mkdirSync(temp)
    message = fleet.home.write('message.org', messageText())
    await fleet.home.makeKey()
  })
  afterAll(() => fleet.remove())
  afterEach(() => {
    for (const name of readdirSync(inbox)) rmSync(join(inbox, name))
    for (const name of ['ssh', 'sync', 'rsync']) rmSync(join(velox.home.programs, name), { force: true })
  })

  const log = () => readFileSync(join(velox.home.path, 'sshd.log'), 'utf8')
  /** Connections that sshd has accepted, by their log lines. */
  const connections = () => log().match(/^Accepted publickey/gm)?.length ?? 0
  const send = (...args: string[]) =>
    fleet.home.run('send', ['velox.bob', message, '--retries', '0', ...args], { env: { TMPDIR: temp } })
  const start = (...args: string[]) =>
    fleet.home.start('send', ['velox.bob', message, '--retries', '0', ...args], { env: { TMPDIR: temp } })
  const arrived = () => readdirSync(inbox).sort()
  /** The processes of ours, on either side, that still run. */
  const leftover = () =>
    spawnSync('pgrep', ['-f', `ControlPath=${temp}`], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean)
  const configure = (lines: string) => {
    const config = join(fleet.home.path, 'ssh_config')
    const before = readFileSync(config, 'utf8')
    writeFileSync(config, `${lines}\n${before}`)
    return () => writeFileSync(config, before)
  }

  it('is one, signed and unsigned, and nothing of it is left', async () => {
    for (const args of [[], ['--no-sign']]) {
      const before = connections()
      expect(await send(...args)).toMatchObject({ exitCode: 0, stderr: '' })
      expect(connections() - before).toBe(1)
      expect(readdirSync(temp)).toEqual([])
      await until(() => leftover().length === 0, 'the connection is closed')
    }
    expect(arrived().map((name) => name.slice(-4))).toEqual(['.org', '.asc', '.org'])
  })

  itLong('delivers a signature that is good', async () => {
    await send()
    const [name = ''] = arrived()
    const env = fleet.home.env
    expect(
      spawnSync('gpg', ['--verify', join(inbox, `${name}.asc`), join(inbox, name)], { env }).status,
    ).toBe(0)
    expect(readFileSync(join(inbox, name), 'utf8')).toBe(messageText())
  })

  it('brings the signature to the disk before the message comes, and both at the end', async () => {
    velox.home.stub('sync', `echo "$* : $(ls | tr '\\n' ' ')" >> "$HOME/synced"; exec /bin/sync "$@"`)
    expect(await send()).toMatchObject({ exitCode: 0, stderr: '' })
    const [name] = arrived()
    expect(readFileSync(join(velox.home.path, 'synced'), 'utf8').split('\n')).toEqual([
      `-- ${name}.asc . : ${name}.asc `,
      `-- ${name}.asc ${name} . : ${name} ${name}.asc `,
      '',
    ])
    rmSync(join(velox.home.path, 'synced'))
  })

  itLong('leaves the flushing out where the peer has no sync of files', async () => {
    velox.home.stub('sync', 'echo "sync: invalid option" >&2; exit 1')
    expect(await send()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(arrived()).toHaveLength(2)
  })

  it('is not "sent" where the disk of the peer fails', async () => {
    velox.home.stub('sync', `echo "sync: error syncing 'x': Input/output error" >&2; exit 1`)
    const early = await send()
    expect(early).toMatchObject({ exitCode: 3, stdout: '' })
    expect(early.stderr).toContain('the peer cannot write the message to its disk')
    expect(arrived()).toEqual([])
    // The message is there only at the end.
    velox.home.stub('sync', `case "$*" in *.org\\ .) echo "sync: error syncing 'x'" >&2; exit 1 ;; esac`)
    const late = await send()
    expect(late).toMatchObject({ exitCode: 3, stdout: '' })
    expect(late.stderr).toContain('marker written: ')
  })

  itLong('leaves a connection of the user’s own to the user', async () => {
    const undo = configure(`Host *\n  ControlMaster auto\n  ControlPath ${temp}/own-%C\n  ControlPersist 60`)
    const before = connections()
    expect(await send()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await send()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(connections() - before).toBe(1)
    const [own] = readdirSync(temp)
    expect(own).toMatch(/^own-/)
    await fleet.home.exec('ssh', ['-O', 'exit', 'root@velox'])
    undo()
  })

  itLong('goes on without where the peer allows one session for each connection', async () => {
    velox.stop()
    const config = join(velox.home.path, 'sshd_config')
    const before = readFileSync(config, 'utf8')
    writeFileSync(config, `${before}MaxSessions 1\n`)
    velox.start()
    expect(await send()).toMatchObject({ exitCode: 0 })
    expect(arrived()).toHaveLength(2)
    velox.stop()
    writeFileSync(config, before)
    velox.start()
  })

  itLong('goes on without where the path of the socket would be too long', async () => {
    const long = join(temp, 'x'.repeat(60))
    mkdirSync(long)
    const sent = await fleet.home.run('send', ['velox.bob', message], { env: { TMPDIR: long } })
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    expect(arrived()).toHaveLength(2)
    rmSync(long, { recursive: true })
  })

  it.runIf(isLong).each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('%s closes it', async (signal) => {
    velox.home.stub('rsync', `touch "$HOME/begun"; exec sleep 601.181`)
    const child = start()
    const ended = outcomeOf(child)
    await until(() => existsSync(join(velox.home.path, 'begun')), 'the message is on its way')
    child.kill(signal)
    // rsync itself outlives a SIGKILL of ours until its peer ends.
    if (signal === 'SIGKILL') spawnSync('pkill', ['-f', 'sleep 601.181'])
    expect((await ended).signal).toBe(signal)
    await until(() => leftover().length === 0, 'the connection is closed')
    rmSync(join(velox.home.path, 'begun'))
    rmSync(temp, { recursive: true })
    mkdirSync(temp)
  })
})
