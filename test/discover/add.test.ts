import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.mjs'
import { loginShells, pathOfShell } from '../support/login-shells'
import { isLong, LONGER, onlyLong, sample } from '../support/long'
import { hasRoot } from '../support/root'
import { Machines, PEERS } from '../support/two-machines'

const itLong = onlyLong(it)
/** Each is the login shell of an account on a machine of its own. */
const shells = sample(
  loginShells.filter(({ name }) => ['fish', 'zsh', 'tcsh'].includes(name)),
  1,
)

describe.runIf(hasRoot)('C30 adding a machine', () => {
  const machines = new Machines(['oak', 'velox'], 190)
  const [oak, velox] = ['oak', 'velox'].map((name) => machines.home(name)) as [
    typeof machines.fleet.home,
    typeof machines.fleet.home,
  ]
  let keys: Record<string, string>
  beforeAll(async () => {
    const settings = join(velox.path, 'sshd_config')
    // Behind another port, too.
    writeFileSync(settings, `${readFileSync(settings, 'utf8')}Port 22\nPort 2222\n`)
    machines.fleet.start()
    keys = await machines.makeKeys()
  })
  afterAll(() => machines.fleet.remove())
  beforeEach(() => machines.reset())
  const add = (...args: string[]) => machines.run('oak', 'discover', ['--add', ...args])
  const contents = () => [machines.content('oak'), machines.content('velox')]
  const entry = (name: string) => `[peers.${name}]\nhost = "${name}"\nssh_user = "root"\n`

  it('takes one line, and then a message and its answer are verified', async () => {
    mkdirSync(oak.inbox('mill'), { recursive: true })
    mkdirSync(velox.inbox('career'), { recursive: true })
    const added = await add('velox', '--yes')
    expect(added, added.stderr).toMatchObject({ exitCode: 0, stderr: '' })
    expect(added.stdout).toContain(`its key: ${keys.velox}  agents@velox\nour key: ${keys.oak}  agents@oak\n`)
    expect(added.stdout).toContain(
      'Without [trust], whoever has the key of velox may then write to every project',
    )
    expect([machines.peers('oak'), machines.peers('velox')]).toEqual([entry('velox'), entry('oak')])
    const sent = await machines.run('oak', 'send', ['velox.career', '-m', 'Hello'], {
      cwd: join(oak.path, 'projects/mill'),
    })
    expect(sent, sent.stderr).toMatchObject({ exitCode: 0 })
    const [message = ''] = readdirSync(velox.inbox('career')).filter((name) => name.endsWith('.org'))
    expect(await machines.run('velox', 'recv', ['--next', '--project', 'career'])).toMatchObject({
      exitCode: 0,
    })
    const answer = ['--reply-to', join(velox.inbox('career'), message), '-m', 'Yes']
    const answered = await machines.run('velox', 'send', answer, { cwd: join(velox.path, 'projects/career') })
    expect(answered, answered.stderr).toMatchObject({ exitCode: 0 })
    expect(await machines.run('oak', 'recv', ['--next', '--project', 'mill'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Re: Hello'),
    })
  })

  itLong('is undone by the first line of the documents: what that key signs is rejected', async () => {
    mkdirSync(oak.inbox('mill'), { recursive: true })
    expect(await add('velox', '--yes')).toMatchObject({ exitCode: 0 })
    const [, line = ''] = /^1\. `(.*?)`/m.exec(readFileSync(join(root, 'docs/install.md'), 'utf8')) ?? []
    const removed = await machines.exec('oak', ['sh', '-c', line.replace('FINGERPRINT', `${keys.velox}`)])
    expect(removed, removed.stderr).toMatchObject({ exitCode: 0 })
    expect(await machines.keys('oak')).toEqual([keys.oak])
    const sent = await machines.run('velox', 'send', ['oak.mill', '-m', 'Hello'])
    expect(sent, sent.stderr).toMatchObject({ exitCode: 0 })
    expect(await machines.run('oak', 'recv', ['--next', '--project', 'mill'])).toMatchObject({ exitCode: 3 })
  })

  itLong('changes nothing the second time, and says so', async () => {
    expect(await add('velox', '--yes')).toMatchObject({ exitCode: 0 })
    const before = contents()
    const again = await add('velox')
    expect(again, again.stderr).toMatchObject({ exitCode: 0, stderr: '' })
    expect(again.stdout).toMatch(/\nvelox is known already: nothing was changed\n$/)
    expect(contents()).toEqual(before)
  })

  it('says what it would do where nobody can be asked, and changes nothing', async () => {
    machines.wipe('velox')
    const before = contents()
    const asked = await add('root@velox')
    expect(asked).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('run the same line with --yes'),
    })
    expect(asked.stdout).toContain('  add [peers.velox] in peers.toml\n  import our key on velox\n')
    expect(asked.stdout).toContain('--quick-gen-key agents@velox ed25519 sign never')
    expect(contents()).toEqual(before)
    expect(existsSync(join(velox.path, '.gnupg'))).toBe(false)
  })

  itLong('names a lock that a power cut left to gpg, and goes on once it is removed', async () => {
    const lock = join(oak.path, '.gnupg/pubring.kbx.lock')
    writeFileSync(lock, '')
    utimesSync(lock, 1, 1)
    const failed = await add('velox', '--yes')
    expect(failed).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(
        `gpg is blocked by a lock that nobody holds, as a power cut leaves it: ${lock}`,
      ),
    })
    const [line = ''] = /(?<=; remove it: )rm .*/.exec(failed.stderr) ?? []
    const removed = await machines.exec('oak', ['sh', '-c', line])
    expect(removed, removed.stderr).toMatchObject({ exitCode: 0 })
    expect(await add('velox', '--yes')).toMatchObject({ exitCode: 0 })
  })

  itLong('asks on a terminal, where ssh may ask as well, once', async () => {
    const before = contents()
    const refused = machines.onTerminal('oak', 'discover', ['--add', 'velox'])
    await refused.answer(/Add velox\? \[y\/N\] $/, '')
    expect((await refused.ended).exitCode).toBe(2)
    expect(contents()).toEqual(before)
    const { stdout: settings } = await oak.exec('sed', [
      '-n',
      's/.*-F "\\(.*\\)" .*/\\1/p',
      join(oak.programs, 'ssh'),
    ])
    const asking = readFileSync(settings.trim(), 'utf8').replace(
      'StrictHostKeyChecking yes',
      'StrictHostKeyChecking ask',
    )
    oak.write('asking', `Host stranger\n  HostName 127.0.190.3\n${asking}`)
    const stub = readFileSync(join(oak.programs, 'ssh'), 'utf8')
    oak.stub(
      'ssh',
      `exec /usr/bin/ssh -F '${oak.path}/asking' -o UserKnownHostsFile='${oak.path}/known' "$@"`,
    )
    try {
      const agreed = machines.onTerminal('oak', 'discover', ['--add', 'stranger', '--name', 'velox'])
      await agreed.answer(/continue connecting .*\? $/, 'yes')
      await agreed.answer(/Add velox\? \[y\/N\] $/, 'y')
      const { exitCode } = await agreed.ended
      expect(exitCode, agreed.said).toBe(0)
      expect(agreed.said).not.toContain('continue connecting')
    } finally {
      writeFileSync(join(oak.programs, 'ssh'), stub)
      rmSync(join(oak.path, 'known'), { force: true })
    }
    expect(machines.peers('oak')).toBe(entry('velox').replace('"velox"', '"stranger"'))
  })

  itLong('keeps every byte of both files, and adds the keys to the lists of trust', async () => {
    const list = (name: string) =>
      `# ${name}\n[trust] # whom\nsigners = [\n  "${'A'.repeat(40)}", # mine\n]\n\n[peers.elm]\nhost = 'elm'\n`
    for (const name of ['oak', 'velox'])
      machines.home(name).write('.config/cross-agent-comms/peers.toml', list(name), 0o640)
    const added = await add('velox', '--yes')
    expect(added, added.stderr).toMatchObject({ exitCode: 0 })
    const expected = (name: string, other: string) =>
      `${list(name).replace('mine\n', `mine\n  "${keys[other]}",\n`)}\n${entry(other)}`
    expect(machines.peers('oak')).toBe(expected('oak', 'velox'))
    expect(machines.peers('velox')).toBe(expected('velox', 'oak'))
    const { stdout } = await oak.exec('stat', [
      '-c',
      '%a',
      ...['oak', 'velox'].map((name) =>
        join(machines.home(name).path, '.config/cross-agent-comms/peers.toml'),
      ),
    ])
    expect(stdout).toBe('640\n640\n')
    expect(added.stdout).toContain('as any project without a [trust.from]')
  })

  itLong('tells what is not there, and what that means', async () => {
    velox.stub('cross-agent-recv', 'echo "usage: cross-agent-recv [-h] file" >&2; exit 2')
    velox.stub('rsync', 'exit 127')
    velox.write('.bashrc', 'echo welcome\n')
    velox.write('.config/cross-agent-comms/HALT', 'stop')
    const told = await add('velox')
    velox.stub('cross-agent-recv', 'exit 1')
    rmSync(join(velox.programs, 'rsync'))
    rmSync(join(velox.path, '.bashrc'))
    expect(told.stdout).toContain('⚠ only the scripts: ')
    expect(told.stdout).toContain('✗ no rsync: ')
    expect(told.stdout).toContain('⚠ halted: ')
    expect(told.exitCode).toBe(2)
  })

  itLong('tells where it cannot be reached from there, and does the rest later', async () => {
    const stub = readFileSync(join(velox.programs, 'ssh'), 'utf8')
    velox.stub('ssh', 'echo "Host key verification failed." >&2; exit 255')
    const added = await add('velox', '--yes')
    expect(added, added.stderr).toMatchObject({ exitCode: 0 })
    expect(added.stdout).toContain('✗ does not reach this machine by ssh')
    expect(added.stdout).toContain('    oak: Host key verification failed.\n')
    expect(machines.peers('velox')).toBeUndefined()
    expect(await machines.keys('velox')).toContain(keys.oak)
    const before = contents()
    expect((await add('velox')).stdout).toMatch(/known already: nothing was changed\n$/)
    expect(contents()).toEqual(before)
    writeFileSync(join(velox.programs, 'ssh'), stub)
    expect(await add('velox', '--yes')).toMatchObject({ exitCode: 0 })
    expect(machines.peers('velox')).toBe(entry('oak'))
  })

  itLong('names what was done if a step fails, and does the rest the next time', async () => {
    velox.stub('mv', 'echo "no space left" >&2; exit 1')
    const failed = await add('velox', '--yes')
    rmSync(join(velox.programs, 'mv'))
    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toMatch(
      /^could not do this: add \[peers.oak\] in peers.toml on velox: no space left\n/,
    )
    expect(failed.stderr).toContain(
      'done before that: import its key into your keyring; add [peers.velox] in',
    )
    expect(readdirSync(join(velox.path, '.config/cross-agent-comms'))).toEqual([])
    expect(await add('velox', '--yes')).toMatchObject({ exitCode: 0 })
    expect(machines.peers('velox')).toBe(entry('oak'))
  })

  it.each(
    sample<[string, string[], string]>(
      [
        ['127.0.190.3', [], 'is an address'],
        ['fe80::1', [], 'is an address'],
        ['oak', [], 'oak is the name of this machine'],
        ['velox', ['--name', 'oak'], 'oak is the name of this machine'],
        ['velox', ['--name', 'a.b'], 'no machine can be called a.b'],
        ['local', [], 'no machine can be called local'],
        ['-oProxyCommand=x', ['--name', 'x'], ''],
        ['velox:22', [], 'not a host as ssh takes it'],
        ['a b', [], 'not a host as ssh takes it'],
        ['elm.example', [], 'elm is another machine already: me@elm'],
      ],
      2,
    ),
  )('does not take %s %j', async (host, further, words) => {
    const peers = '[peers.elm]\nhost = "elm"\nssh_user = "me"\n'
    oak.write('.config/cross-agent-comms/peers.toml', peers)
    const { exitCode, stderr } = await add(host, '--yes', ...further)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(words)])
    expect(machines.peers('oak')).toBe(peers)
  })

  itLong('does not take a machine that calls itself as this one does', async () => {
    velox.stub('uname', 'echo oak.example')
    const before = contents()
    const twin = await add('velox', '--yes')
    expect(twin.exitCode).toBe(2)
    expect(twin.stderr).toMatch(/^both machines call themselves oak.*\n.*\n\[local\]\nname = "ANOTHER"\n$/)
    expect(contents()).toEqual(before)
    velox.write(PEERS, twin.stderr.split('\n').slice(2).join('\n').replace('ANOTHER', 'velox'))
    const named = await add('velox', '--yes')
    rmSync(join(velox.programs, 'uname'))
    expect(named, named.stderr).toMatchObject({ exitCode: 0 })
    expect(named.stdout).not.toContain('calls itself')
    expect(machines.peers('velox')).toBe(`[local]\nname = "velox"\n\n${entry('oak')}`)
  })

  itLong('needs a key of its own first, and a machine that answers', async () => {
    machines.wipe('oak')
    const without = await add('velox', '--yes')
    expect(without).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('--quick-gen-key agents@oak'),
    })
    expect(existsSync(join(oak.path, '.gnupg'))).toBe(false)
    machines.reset()
    const silent = await add('nowhere.invalid', '--yes')
    expect(silent.exitCode).toBe(1)
    expect(silent.stderr).toMatch(/^cannot talk to nowhere\.invalid: .*resolve/)
  })

  itLong('goes through another machine and to another port, as the settings of ssh say', async () => {
    const stub = readFileSync(join(oak.programs, 'ssh'), 'utf8')
    const config = /-F "(.*?)"/.exec(stub)?.[1] ?? ''
    oak.write(
      'jumps',
      `Host far\n  HostName 127.0.190.3\n  Port 2222\n  HostKeyAlias velox\n  ProxyJump oak\n${readFileSync(config, 'utf8')}`,
    )
    oak.stub('ssh', `exec /usr/bin/ssh -F '${oak.path}/jumps' "$@"`)
    const added = await add('far', '--name', 'velox', '--yes')
    writeFileSync(join(oak.programs, 'ssh'), stub)
    expect(added, added.stderr).toMatchObject({ exitCode: 0 })
    expect(machines.peers('oak')).toBe(entry('velox').replace('"velox"', '"far"'))
    expect(machines.peers('velox')).toBe(entry('oak'))
  })
})

describe.runIf(isLong && hasRoot)('C30 adding a machine with another login shell', LONGER, () => {
  const names = shells.map(({ name }) => name)
  const machines = new Machines(
    ['oak', ...names],
    191,
    new Map(shells.map((shell) => [shell.name, pathOfShell(shell, '/')])),
  )
  beforeAll(async () => {
    machines.fleet.start()
    for (const name of ['oak', ...names]) await machines.makeKey(name)
  })
  afterAll(() => machines.fleet.remove())

  it.each(names)('%s', async (name) => {
    const added = await machines.run('oak', 'discover', ['--add', `${name}@${name}`, '--yes'])
    expect(added, added.stderr).toMatchObject({ exitCode: 0 })
    expect(machines.peers('oak')).toContain(`[peers.${name}]\nhost = "${name}"\nssh_user = "${name}"\n`)
    expect(machines.peers(name)).toBe('[peers.oak]\nhost = "oak"\nssh_user = "root"\n')
  })
})
