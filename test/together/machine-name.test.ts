import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { examineHome, faultsOf } from '../support/doctor'
import type { Home, Outcome } from '../support/home'
import { putSigned } from '../support/inbox'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedFleet, sharedHome } from '../support/own-home'

const PEERS = '.config/cross-agent-comms/peers.toml'
const cwdOf = (home: Home, project: string) => join(home.path, 'projects', project)
const send = (home: Home, project: string, ...args: string[]) =>
  home.run('send', args, { cwd: cwdOf(home, project) })

/** What a hook says at a session's start. */
async function noticeFor(home: Home, project: string): Promise<string> {
  const event = { session_id: 's', cwd: cwdOf(home, project), hook_event_name: 'SessionStart' }
  const input = home.write('event.json', JSON.stringify(event))
  const line = '"$0" "$1" --hook claude < "$2"'
  return (await home.exec('sh', ['-c', line, process.execPath, binOf('watch'), input])).stdout
}

/** The path of the only message in an inbox. */
function onlyIn(home: Home, project: string): string {
  const names = readdirSync(home.inbox(project)).filter((name) => name.endsWith('.org'))
  expect(names).toHaveLength(1)
  return join(home.inbox(project), names[0] ?? '')
}
const addresses = (path: string) => readFileSync(path, 'utf8').match(/^#\+(FROM|TO): .*$/gm)

describe('C35 two machines of one host name', () => {
  const fleet = sharedFleet(['one', 'two'], 184)
  const one = fleet.machine('one').home
  const two = fleet.machine('two').home
  const vm = one.machine

  beforeAll(async () => {
    const ssh = readFileSync(join(fleet.home.programs, 'ssh'))
    for (const home of [one, two]) {
      home.write('programs/ssh', ssh, 0o755)
      await home.makeKey()
    }
    for (const [home, other] of [
      [one, two],
      [two, one],
    ] as const) {
      const { stdout } = await home.exec('gpg', ['--armor', '--export'])
      await other.exec('gpg', ['--quiet', '--import', home.write('key.asc', stdout)])
    }
  })
  /** Both have a project of the sender's name: what goes to the wrong machine arrives there. */
  beforeEach(() => {
    for (const home of [one, two]) {
      for (const project of ['mill', 'bakery']) {
        rmSync(cwdOf(home, project), { recursive: true, force: true })
        mkdirSync(home.inbox(project), { recursive: true })
      }
    }
  })
  const peersOf = (home: Home, name: string, host: string, local = '') =>
    home.write(PEERS, `${local}[peers.${name}]\nhost = "${host}"\nssh_user = "root"\n`)

  itLong('C35 B54 an answer is asked about until one of them has a name; then it arrives', async () => {
    peersOf(one, 'other', 'two')
    peersOf(two, 'other', 'one')
    expect(await send(two, 'bakery', 'other.mill', '-m', 'Flour?')).toMatchObject({ exitCode: 0 })
    const message = onlyIn(one, 'mill')
    expect(addresses(message)).toEqual([`#+FROM: ${vm}.bakery`, '#+TO: other.mill'])
    expect(await noticeFor(one, 'mill')).toMatch(/1 message waits for mill, signed by/)
    const asked = await send(one, 'mill', '--reply-to', message, '-m', 'No.')
    expect(asked).toMatchObject({ exitCode: 2, stdout: '' })
    expect(asked.stderr).toContain(`another machine is called ${vm}, as this one is`)
    expect(asked.stderr).toContain('[local] name in its peers.toml')
    expect(readdirSync(one.inbox('bakery'))).toEqual([])

    peersOf(one, vm, 'two', '[local]\nname = "studio"\n')
    peersOf(two, 'studio', 'one')
    expect(await send(one, 'mill', '--reply-to', message, '-m', 'No.')).toMatchObject({ exitCode: 0 })
    expect(readdirSync(one.inbox('bakery'))).toEqual([])
    const answer = onlyIn(two, 'bakery')
    expect(addresses(answer)).toEqual(['#+FROM: studio.mill', `#+TO: ${vm}.bakery`])
    expect(await two.run('recv', [answer])).toMatchObject({ exitCode: 0 })
    expect(await send(two, 'bakery', '--reply-to', answer, '-m', 'Then later.')).toMatchObject({
      exitCode: 0,
    })
    expect(readdirSync(one.inbox('mill')).filter((name) => name.endsWith('.org'))).toHaveLength(2)
  })

  itLong('C35 the doctor asks the peer what it calls itself', async () => {
    const told = async () =>
      (await examineHome(one))
        .filter(({ name }) => name === 'peer other')
        .map(({ state, said }) => [state, said])
    peersOf(one, 'other', 'two')
    rmSync(join(two.path, PEERS), { force: true })
    expect(await told()).toEqual([['ok', expect.stringMatching(/^reachable, .*, calls itself two/)]])
    two.write(PEERS, `local = { name = '${vm.toUpperCase()}' }\n`)
    const twin = `it calls itself ${vm.toUpperCase()}, and so does this machine: nobody can tell whom to answer`
    expect(await told()).toEqual([['bad', twin]])
    peersOf(one, 'other', 'two', '[local]\nname = "studio"\n')
    expect((await told())[0]?.[0]).toBe('ok')
  })

  itLong('C35 the doctor sees two peers of one name, but not one peer under two', async () => {
    two.write(
      PEERS,
      '# [local]\n[ "local" ] # a comment\nroots = [\n  "~/projects",\n]\nname = "one" # its own\n[peers.x]\n',
    )
    rmSync(join(one.path, PEERS), { force: true })
    const peer = (name: string, host: string) => `[peers.${name}]\nhost = "${host}"\nssh_user = "root"\n`
    fleet.home.write(PEERS, peer('a', 'one') + peer('b', 'one'))
    const twins = async () =>
      (await faultsOf(fleet.home)).filter(({ name }) => name.startsWith('peer ')).map(({ said }) => said)
    expect(await twins()).toEqual([])
    fleet.home.write(PEERS, peer('a', 'one') + peer('b', 'two'))
    expect(await twins()).toEqual(['it calls itself one, and so does peer a: nobody can tell whom to answer'])
    two.write(PEERS, '[local]\nname = "\\u001b[2J"\n')
    expect(await twins()).toEqual([])
  })
})

describe('C35 [local] name', () => {
  const home = sharedHome()
  const NAME = '20260101T000000Z-from-mill-talk.org'
  const local = (line: string) =>
    home.write(PEERS, `[local]\n${line}\n[peers.velox]\nhost = "velox.invalid"\n`)
  beforeAll(() => home.makeKey())
  beforeEach(() => {
    rmSync(join(home.path, 'projects'), { recursive: true, force: true })
    for (const project of ['mill', 'bakery']) {
      mkdirSync(home.inbox(project), { recursive: true })
      mkdirSync(join(cwdOf(home, project), '.ai'))
    }
  })

  it('C35 is this machine in FROM, TO, destinations and lists; the host name is no more', async () => {
    local('name = "studio"')
    expect(await send(home, 'mill', 'studio.bakery', '-m', 'Hi')).toMatchObject({ exitCode: 0 })
    const message = onlyIn(home, 'bakery')
    expect(addresses(message)).toEqual(['#+FROM: studio.mill', '#+TO: studio.bakery'])
    const answered = await send(home, 'bakery', '--reply-to', message, '-m', 'Ho')
    expect(answered).toMatchObject({ exitCode: 0, stderr: '' })
    const refused = await send(home, 'mill', `${home.machine}.bakery`, '-m', 'Hi')
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('studio.bakery') })
    const sent = await home.run('status', ['--sent', '--project', 'mill', '--json'])
    expect(JSON.parse(sent.stdout).sent.map(({ to }: { to: string }) => to)).toEqual(['studio.bakery'])
    expect((await home.run('discover', ['--peer', 'velox'])).stdout).toMatch(/^Local \(studio\):\n/)
    const offered = await home.run('send', ['--completion-values', 'destination', 'studio.ba'])
    expect(offered.stdout).toBe('studio.bakery\n')
    expect(await noticeFor(home, 'mill')).toContain('from studio.bakery')
  })

  it('C35 a peer of that name is an error of send and of the doctor', async () => {
    local('name = "velox"')
    const refused = await send(home, 'mill', 'velox.bakery', '-m', 'Hi')
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('[peers.velox] in peers.toml has the name'),
    })
    expect((await faultsOf(home)).map(({ said }) => said).join()).toContain(
      'peers.velox has the name of this machine',
    )
    // The host name is free for another machine.
    home.write(PEERS, `[local]\nname = "studio"\n[peers.${home.machine}]\nhost = "velox.invalid"\n`)
    const dry = await send(home, 'mill', `${home.machine}.bakery`, '-m', 'Hi', '--dry-run')
    expect(dry).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`#+FROM: studio.mill\n#+TO: ${home.machine}.bakery\n`),
    })
  })

  itLong('C35 what was sent here before this machine had a name is asked about', async () => {
    home.write(PEERS, `[local]\nname = "studio"\n[peers.two]\nhost = "${home.machine}.invalid"\n`)
    const fields = { FROM: `${home.machine}.mill`, TO: `${home.machine}.bakery` }
    const path = await putSigned(home, 'bakery', NAME, messageText(fields))
    const asked = await send(home, 'bakery', '--reply-to', path, '-m', 'Hi')
    expect(asked).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('before it was called studio'),
    })
    expect(await send(home, 'bakery', '--reply-to', path, 'local.mill', '-m', 'Hi')).toMatchObject({
      exitCode: 0,
    })
  })

  // Which names are allowed: address.test.ts beside the code.
  const MALFORMED = ['"a.b"', '5', '"a\\u001bb\\u202e"', '["a"]']
  it.each(sample(MALFORMED, 1))(
    'C35 name = %s fails where the name is needed, and there only',
    async (value) => {
      local(`name = ${value}`)
      const failed = (exitCode: number) => ({
        exitCode,
        stdout: '',
        stderr: expect.stringMatching(
          /^cannot (read|parse) \S*peers\.toml: local\.name must be [^\x1b\u202e]*\n[^\n]*remove that line[^\n]*\n$/,
        ),
      })
      expect(await send(home, 'mill', 'bakery', '-m', 'Hi')).toEqual(expect.objectContaining(failed(1)))
      expect(
        await send(home, 'mill', `${home.machine}.bakery`, home.write('m.org', messageText())),
      ).toMatchObject(failed(1))
      expect(await home.run('status', ['--sent', '--project', 'mill'])).toMatchObject(failed(1))
      expect(await home.run('discover', ['--peer', 'velox'])).toMatchObject(failed(1))
      expect((await faultsOf(home)).map(({ said }) => said).join()).toContain('local.name must be')
      expect(readdirSync(home.inbox('bakery'))).toEqual([])

      const works: Outcome[] = [
        await send(home, 'mill', 'local.bakery', home.write('m.org', messageText())),
        await home.run('recv', [onlyIn(home, 'bakery')]),
        await home.run('status', []),
        await home.run('discover', ['--json', '--no-cache', '--peer', 'velox']),
      ]
      expect(works.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0])
    },
  )
})
