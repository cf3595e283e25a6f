import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loginShells, pathOfShell, textMaker } from '../support/login-shells'
import { isLong, itLong, LONGER } from '../support/long'
import { Fleet, type Machine } from '../support/machines'
import { messageText } from '../support/message'
import { until } from '../support/until'

const HALT = '.config/cross-agent-comms/HALT'
const SPOIL = 'PWNED'
const PROJECT = `a\\'b\\'(touch ${SPOIL}) * ü #`
const CONVERSATION = `c\\'d\\'(touch ${SPOIL}) ;touch ${SPOIL} C:\\temp !x`

/** For each login shell. */
const TEXTS = isLong ? 2000 : 100
const isProjectName = (name: string) => !['', '.', '..'].includes(name) && !/^[. ]/.test(name)

/** Peers with real sshd's, where an account has a login shell of its own. */
describe('B49 peers with other login shells', LONGER, () => {
  // The others with `npm run test:long`; test/together/login-shells.test.ts has each script by each of them.
  const few = ['bash', 'fish', 'tcsh']
  const shells = loginShells.filter(({ name }) => (!isLong ? few.includes(name) : name !== 'csh'))
  const names = shells.map(({ name }) => name.split(' ').join('-'))
  let fleet: Fleet
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shells-'))
    fleet = new Fleet(
      names,
      149,
      new Map(shells.map((shell, n) => [names[n] ?? '', pathOfShell(shell, folder)])),
    ).start()
    for (const { home } of fleet.machines) home.stub('systemctl', 'exit 0')
    fleet.home.stub('systemctl', 'exit 0')
    await fleet.home.makeKey()
  })
  afterAll(() => {
    fleet.remove()
    rmSync(folder, { recursive: true })
  })
  afterEach(() => {
    for (const { home } of fleet.machines)
      expect(
        readdirSync(home.path, { recursive: true, encoding: 'utf8' }).filter((path) =>
          /(?:^|\/)PWNED\W*$/.test(path),
        ),
      ).toEqual([])
  })

  itLong('halt, resume and discover reach them all', async () => {
    const reason = `mail said: ${CONVERSATION}\n\`touch ${SPOIL}\`\n`
    expect(await fleet.home.run('halt', ['--tailnet', '--', reason])).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    for (const { home } of fleet.machines) expect(readFileSync(join(home.path, HALT), 'utf8')).toBe(reason)
    expect(await fleet.home.run('resume', ['--tailnet'])).toMatchObject({ exitCode: 0, stderr: '' })
    for (const { home } of fleet.machines) expect(existsSync(join(home.path, HALT))).toBe(false)
    for (const { home } of fleet.machines)
      mkdirSync(join(home.path, 'projects', PROJECT, '.ai'), { recursive: true })
    const found = await fleet.home.run('discover', ['--json', '--no-cache', '--enumerate-remote'])
    const { peers }: { peers: { projects?: string[] }[] } = JSON.parse(found.stdout)
    expect(peers.map(({ projects }) => projects)).toEqual(names.map(() => [PROJECT]))
  })

  it('a signed message of a nasty conversation arrives in a nasty project, and is found there', async () => {
    const sender = join(fleet.home.path, 'projects', `mill $(touch ${SPOIL})'`)
    mkdirSync(sender, { recursive: true })
    const text = messageText({ CONVERSATION_ID: CONVERSATION })
    const file = fleet.home.write('message.org', text)
    for (const { name, home } of fleet.machines) {
      mkdirSync(join(home.path, 'projects', PROJECT), { recursive: true })
      const sent = await fleet.home.run('send', [`${name}.${PROJECT}`, file, '--retries', '0'], {
        cwd: sender,
      })
      expect(sent, name).toMatchObject({ exitCode: 0, stderr: '' })
      const [message = '', signature, ...more] = readdirSync(home.inbox(PROJECT)).sort()
      expect([signature, more]).toEqual([`${message}.asc`, []])
      expect(readFileSync(join(home.inbox(PROJECT), message), 'utf8')).toBe(text)
      expect(await fleet.home.run('recv', [join(home.inbox(PROJECT), message)])).toMatchObject({
        exitCode: 0,
      })
    }
    const { stdout } = await fleet.home.run('status', ['--sent', '--json'], { cwd: sender })
    const { sent, peers_not_reached }: { sent: { to: string; state: string }[]; peers_not_reached: unknown } =
      JSON.parse(stdout)
    expect(peers_not_reached).toEqual([])
    expect(sent.map(({ to }) => to).sort()).toEqual(names.map((name) => `${name}.${PROJECT}`).sort())
  })

  itLong(`${TEXTS} generated reasons, projects and conversations for each arrive as they are`, async () => {
    const { text } = textMaker(20260427)
    const all = Array.from({ length: TEXTS }, text)
    const AT_ONCE = 100
    for (let from = 0; from < TEXTS; from += AT_ONCE) {
      // A byte that is not UTF-8 cannot be among the arguments of a test's program.
      const reason = all
        .slice(from, from + AT_ONCE)
        .join('')
        .toWellFormed()
      // Seven logins at once may take longer on a busy machine than halt waits for each.
      const halt = () => fleet.home.run('halt', ['--tailnet', '--', reason])
      await until(async () => (await halt()).exitCode === 0, 'every peer is halted')
      for (const { home } of fleet.machines) expect(readFileSync(join(home.path, HALT), 'utf8')).toBe(reason)
    }
    await fleet.home.run('resume', ['--tailnet'])

    const onOneLine = (line: string) => line.toWellFormed().replace(/[\0-\x1f\x7f\u2028]/g, '')
    const projects = new Set(all.map((name) => onOneLine(name).replaceAll('/', '_')).filter(isProjectName))
    const conversations = new Set(
      all.map((name) => onOneLine(name).replaceAll('/', '_').trim()).filter(Boolean),
    )
    const inbox = 'inbox/from-agents'
    const stamp = '20260427T091142Z-from-mill-'
    for (const { home } of fleet.machines) {
      rmSync(join(home.path, 'projects'), { recursive: true })
      for (const name of projects) mkdirSync(join(home.path, 'projects', name, '.ai'), { recursive: true })
      mkdirSync(join(home.path, 'projects/a', inbox), { recursive: true })
      for (const conversation of conversations)
        writeFileSync(
          join(home.path, 'projects/a', inbox, `${stamp}${conversation}.org`),
          messageText({ CONVERSATION_ID: conversation }),
        )
    }
    const found = await fleet.home.run('discover', ['--json', '--no-cache', '--enumerate-remote'])
    const { peers }: { peers: { projects?: string[] }[] } = JSON.parse(found.stdout)
    for (const peer of peers) expect(new Set(peer.projects)).toEqual(projects)
    mkdirSync(join(fleet.home.path, 'projects/mill'), { recursive: true })
    const told = await fleet.home.run('status', ['--sent', '--json'], {
      cwd: join(fleet.home.path, 'projects/mill'),
    })
    const { sent }: { sent: { to: string; conversation_id: string }[] } = JSON.parse(told.stdout)
    for (const name of names)
      expect(
        new Set(sent.filter(({ to }) => to === `${name}.a`).map(({ conversation_id }) => conversation_id)),
      ).toEqual(conversations)
  })
})

describe('a send to a peer', () => {
  let fleet: Fleet
  let velox: Machine
  let message: string
  beforeAll(async () => {
    fleet = new Fleet(['velox'], 150).start()
    velox = fleet.machine('velox')
    message = fleet.home.write('message.org', messageText())
    await fleet.home.makeKey()
  })
  afterAll(() => fleet.remove())
  afterEach(() => {
    rmSync(velox.home.inbox('bob'), { recursive: true, force: true })
    for (const name of ['.bashrc', 'programs/cksum', 'programs/rsync'])
      rmSync(join(velox.home.path, name), { force: true })
  })
  const send = (...args: string[]) =>
    fleet.home.run('send', ['velox.bob', message, '--retries', '0', ...args], { cwd: '/tmp' })
  const arrived = () =>
    readdirSync(velox.home.inbox('bob'))
      .filter((name) => /^\d/.test(name))
      .sort()
  const expectGood = async () => {
    const [name = '', signature] = arrived()
    expect(signature).toBe(`${name}.asc`)
    expect(await fleet.home.run('recv', [join(velox.home.inbox('bob'), name)])).toMatchObject({ exitCode: 0 })
  }

  itLong('B55 is whole where a start-up file there eats lines of the input', async () => {
    mkdirSync(velox.home.inbox('bob'), { recursive: true })
    const eat =
      'case "$BASH_EXECUTION_STRING" in rsync*) ;; *) read -t 1 x; read -t 1 -n 7 x; read -t 1 x ;; esac\n'
    velox.home.write('.bashrc', eat)
    expect(await send()).toMatchObject({ exitCode: 0, stderr: '' })
    await expectGood()
    expect(await fleet.home.run('discover', ['--no-cache'])).toMatchObject({
      stdout: expect.stringContaining('✓ reachable'),
    })
  })

  itLong(
    'B55 pushes again what lies there otherwise, and is no success where that does not help',
    async () => {
      mkdirSync(velox.home.inbox('bob'), { recursive: true })
      const spoil =
        'for last; do :; done; cd "$HOME/projects/bob/inbox/from-agents" && for f in *.asc; do echo x >> "$f"; done'
      // Once: when the message comes, the signature is there.
      velox.home.stub(
        'rsync',
        `[ -e "$HOME/spoilt" ] || { : > "$HOME/spoilt"; (${spoil}); }; exec /usr/bin/rsync "$@"`,
      )
      expect(await send()).toMatchObject({ exitCode: 0, stderr: '' })
      await expectGood()
      rmSync(velox.home.inbox('bob'), { recursive: true })
      mkdirSync(velox.home.inbox('bob'), { recursive: true })
      velox.home.stub('rsync', `/usr/bin/rsync "$@"; status=$?; (${spoil}); exit $status`)
      // rsync there may have spoilt it only after it was told that the message is there: see what cksum says for sure.
      velox.home.stub('cksum', 'echo 1 2')
      const failed = await send()
      expect(failed).toMatchObject({ exitCode: 3, stdout: '' })
      expect(failed.stderr).toContain(
        'the files on the peer differ from those that were sent: signature, message\n',
      )
    },
  )

  it('B52 never gets the name of a message that was finished or put aside', async () => {
    const inbox = velox.home.inbox('bob')
    for (const folder of ['done', 'aside']) mkdirSync(join(inbox, folder), { recursive: true })
    const sent = await send('--no-sign')
    const name = sent.stdout.trim().split('/').at(-1) ?? ''
    const second = (later: number) => {
      const time = new Date(Date.now() + later * 1000)
      return `${time.toISOString().replaceAll(/[-:]|\.\d+/g, '')}${name.slice(16)}`
    }
    rmSync(join(inbox, name))
    const used: string[] = []
    for (let later = -1; later < 40; later++) {
      const [place, form] = [later % 2 === 0 ? 'done' : 'aside', later % 3 === 0 ? 'done-' : '']
      used.push(second(later))
      writeFileSync(join(inbox, place, `${form}${second(later)}${later % 5 === 0 ? '.asc' : ''}`), '')
    }
    const next = await send('--no-sign')
    expect(next).toMatchObject({ exitCode: 0 })
    expect(used).not.toContain(next.stdout.trim().split('/').at(-1))
  })

  it('B47 B73 removes a whole signature without its message after a day, and nothing else', async () => {
    const inbox = velox.home.inbox('bob')
    for (const folder of ['done', 'aside']) mkdirSync(join(inbox, folder), { recursive: true })
    const old = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)
    const signature = '-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n'
    const put = (name: string, text = signature, time: Date | undefined = old) => {
      writeFileSync(join(inbox, name), text)
      if (time !== undefined) utimesSync(join(inbox, name), time, time)
    }
    const stamped = (part: string) => `20200101T000000Z-from-mill-${part}.org`
    put(`${stamped('lone')}.asc`)
    put(`${stamped('fresh')}.asc`, signature, new Date())
    put(`${stamped('note')}.asc`, 'a note of mine\n')
    put('mine.org.asc')
    for (const place of ['', 'done/', 'aside/', 'done/done-']) {
      put(`${place}${stamped(`in-${place.length}`)}`, 'x')
      put(`${stamped(`in-${place.length}`)}.asc`)
    }
    const before = readdirSync(inbox).sort()
    expect(await send('--no-sign')).toMatchObject({ exitCode: 0 })
    await until(() => !existsSync(join(inbox, `${stamped('lone')}.asc`)), 'the peer has cleared away')
    expect(readdirSync(inbox).filter((name) => before.includes(name))).toEqual(
      before.filter((name) => name !== `${stamped('lone')}.asc`),
    )
  })
})
