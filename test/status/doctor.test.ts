import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { AGENTS } from '@cac/core/agents/agents'
import { installHooks } from '@cac/core/agents/install-hooks'
import { paths } from '@cac/core/fs/paths'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { asNode, examineHome, faultsOf, pathOf } from '../support/doctor'
import { Home, type RunOptions } from '../support/home'
import { put, putSigned } from '../support/inbox'
import { fingerprint, gpg, revoke } from '../support/keys'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong, replaceHome } from '../support/own-home'
import { hasRoot } from '../support/root'

const FIRST = '20260101T000000Z-from-alice-talk.org'
const SECOND = '20260102T000000Z-from-alice-talk.org'
const CONFIG = '.config/cross-agent-comms'
const UNITS = ['path', 'service'].map((kind) => `cross-agent-watch.${kind}`)

/** A home in which nothing is wrong: a key, a peers.toml, and a signed message that waits. */
beforeEach(async () => {
  await home.makeKey()
  home.write(`${CONFIG}/peers.toml`, '')
  mkdirSync(home.inbox('bob'), { recursive: true })
  await putSigned(home, 'bob', FIRST, messageText())
})

/** Age of a file, as of what no delivery leaves behind any more. */
const makeOld = (path: string) => utimesSync(path, 1, 1)
const peersToml = (text: string) => home.write(`${CONFIG}/peers.toml`, text)
const gitConfig = (text: string) => home.write('.gitconfig', text)
const installUnits = () => {
  for (const name of UNITS) home.write(`.config/systemd/user/${name}`, readFileSync(join('systemd', name)))
}
const systemctlSays = (...states: string[]) =>
  home.stub('systemctl', `printf '%s\\n' ${states.join(' ')}; [ "$*" = '' ]`)

/** A new keyring with one key in place of the healthy one. */
async function otherKey(name: string, ...further: string[]): Promise<void> {
  spawnSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, ...home.env } })
  rmSync(home.env.GNUPGHOME ?? '', { recursive: true, force: true })
  mkdirSync(home.env.GNUPGHOME ?? '', { mode: 0o700 })
  await gpg(home, ...further, '--quick-gen-key', name, 'ed25519', 'sign', further.length > 0 ? '1y' : 'never')
  // What the former key has signed does not matter: who verifies is recv.
}

interface Fault {
  readonly needsRoot?: true
  readonly title: string
  /** Breaks the healthy home; what it returns is how the doctor is run. */
  readonly break: () => RunOptions | Promise<RunOptions> | void | Promise<void>
  /** The part that is wrong and what is said of it. */
  readonly name: string
  readonly said: RegExp
  /** In what is to be done. */
  readonly remedy: RegExp
}

const faults: Fault[] = [
  {
    title: 'HALT is set',
    break: () => void home.write(`${CONFIG}/HALT`, 'runaway\n'),
    name: 'brake',
    said: /^halted: runaway$/,
    remedy: /cross-agent-resume/,
  },
  {
    title: 'HALT cannot be read',
    break: () => void mkdirSync(join(home.path, CONFIG, 'HALT')),
    name: 'brake',
    said: /cannot be read/,
    remedy: /cross-agent-resume/,
  },
  {
    title: 'peers.toml is no TOML',
    break: () => void peersToml('[peers\n'),
    name: 'peers.toml',
    said: /cannot read .*peers\.toml/,
    remedy: /correct that line/,
  },
  {
    title: 'peers.toml leads nowhere',
    break: () => {
      rmSync(join(home.path, CONFIG, 'peers.toml'))
      symlinkSync('/mnt/not-mounted/peers.toml', join(home.path, CONFIG, 'peers.toml'))
    },
    name: 'peers.toml',
    said: /ENOENT/,
    remedy: /a readable file/,
  },
  {
    title: 'a peer is malformed',
    break: () => void peersToml('[peers.velox]\nhost = "-oProxyCommand=x"\n'),
    name: 'peers.toml',
    said: /peers\.velox\.host is not a usable name/,
    remedy: /correct that line/,
  },
  {
    title: 'a root is missing',
    break: () => void peersToml('[local]\nroots = ["~/projects", "~/cod"]\n'),
    name: 'peers.toml',
    said: /\/cod is not a folder/,
    remedy: /make that folder/,
  },
  {
    title: '[trust] is malformed',
    break: () => void peersToml('[trust]\nsigners = ["ada"]\n'),
    name: 'trust',
    said: /whole fingerprints/,
    remedy: /every message is rejected/,
  },
  {
    title: '[trust] is empty',
    break: () => void peersToml('[trust]\nsigners = []\n'),
    name: 'trust',
    said: /is empty/,
    remedy: /whole fingerprints/,
  },
  {
    title: '[trust] names a key that is not there',
    break: async () => {
      const own = await fingerprint(home, 'tester')
      peersToml(`[trust]\nsigners = ["${own}", "${'A'.repeat(40)}"]\n`)
    },
    name: 'trust',
    said: /^A{40} is not in your keyring/,
    remedy: /gpg --import/,
  },
  {
    title: 'gpg is missing',
    break: () => ({ env: pathOf(home, 'git', 'ssh', 'rsync') }),
    name: 'gpg',
    said: /^not found/,
    remedy: /install gnupg/,
  },
  {
    title: 'gpg does not work',
    break: () =>
      home.stub(
        'gpg',
        '[ "$1" = --version ] && { echo "libassuan is gone" >&2; exit 127; }; exec /usr/bin/gpg "$@"',
      ),
    name: 'gpg',
    said: /does not work: libassuan is gone/,
    remedy: /gpg --version/,
  },
  {
    title: 'there is no keyring',
    break: () => ({ env: { GNUPGHOME: join(home.path, 'none') } }),
    name: 'signing key',
    said: /^GNUPGHOME names a folder that is not there: /,
    remedy: /gpg --batch .* --quick-gen-key agents@/,
  },
  {
    title: 'GPG_USER names no key',
    break: () => ({ env: { GPG_USER: 'nobody@mill' } }),
    name: 'signing key',
    said: /^there is no secret key 'nobody@mill' \(nobody@mill, by GPG_USER\)$/,
    remedy: /--key [0-9A-F]{40}/,
  },
  {
    title: 'the key has expired',
    break: () => otherKey('old', '--faked-system-time', '20200101T000000!'),
    name: 'signing key',
    said: /^the key has expired: [0-9A-F]{40}$/,
    remedy: /gpg --quick-set-expire [0-9A-F]{40} 2y/,
  },
  {
    title: 'the key that GPG_USER names has expired',
    break: async () => {
      await gpg(
        home,
        '--faked-system-time',
        '20200101T000000!',
        '--quick-gen-key',
        'old',
        'ed25519',
        'sign',
        '1y',
      )
      return { env: { GPG_USER: 'old' } }
    },
    name: 'signing key',
    said: /^the key has expired: [0-9A-F]{40} \(old, by GPG_USER\)$/,
    remedy: /gpg --quick-set-expire [0-9A-F]{40} 2y/,
  },
  {
    title: 'the key was revoked',
    break: () => revoke(home, 'tester'),
    name: 'signing key',
    said: /was revoked: [0-9A-F]{40}$/,
    remedy: /quick-gen-key/,
  },
  {
    title: 'the key has a passphrase',
    break: async () => {
      replaceHome(new Home())
      await home.makeKey('tester', 'secret')
      spawnSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, ...home.env } })
    },
    name: 'signing key',
    said: /is locked, and there is no terminal and no display to ask/,
    remedy: /gpg --output - --detach-sign/,
  },
  {
    title: 'git signs with a key of another kind, and does not say so',
    break: () => void gitConfig('[user]\nsigningkey = ~/.ssh/id_ed25519.pub\n'),
    name: 'signing key',
    said: /names an ssh key/,
    remedy: /git config --global gpg\.format ssh/,
  },
  {
    title: 'git hangs',
    break: () => {
      home.stub('git', 'exec sleep 60')
    },
    name: 'git',
    said: /did not name its signing key/,
    remedy: /name the key/,
  },
  {
    title: 'rsync is missing',
    break: () => {
      peersToml('[peers.velox]\nhost = "velox"\n')
      home.write(
        'few-programs/ssh',
        '#!/bin/sh\n[ "$1" = -V ] && exit 0\necho "rrsync: not allowed" >&2; exit 1\n',
        0o755,
      )
      for (const program of ['git', 'gpg', 'sh', 'gpg-agent'])
        symlinkSync(`/usr/bin/${program}`, join(home.path, 'few-programs', program))
      return { env: { PATH: join(home.path, 'few-programs') } }
    },
    name: 'rsync',
    said: /^not found: nothing can be sent to peers/,
    remedy: /install rsync/,
  },
  {
    title: 'ssh is missing',
    break: () => {
      peersToml('[peers.velox]\nhost = "velox"\n')
      return { env: pathOf(home, 'git', 'gpg', 'rsync') }
    },
    name: 'ssh',
    said: /^not found/,
    remedy: /install openssh-client/,
  },
  {
    title: 'a unit is of another version',
    break: () => {
      installUnits()
      home.write(`.config/systemd/user/${UNITS[1]}`, '[Service]\nExecStart=/old/cross-agent-watch\n')
      systemctlSays('active', 'active')
    },
    name: 'watcher',
    said: /^cross-agent-watch\.service is of another version$/,
    remedy: /cross-agent-watch --service install/,
  },
  {
    title: 'the service does not run',
    break: () => {
      installUnits()
      systemctlSays('active', 'failed')
    },
    name: 'watcher',
    said: /cross-agent-watch\.service is failed$/,
    remedy: /journalctl/,
  },
  {
    title: 'the hooks of an agent are those of another program',
    break: async () => {
      const project = join(home.path, 'projects/bob')
      await installHooks(AGENTS.claude, {
        folder: project,
        program: '/old/cross-agent-watch',
        paths: paths(home.path),
      })
      return { cwd: project }
    },
    name: 'hooks claude',
    said: /\.claude\/settings\.json is of another version/,
    remedy: /cross-agent-watch --hook claude --install --project \S+\/bob$/,
  },
  {
    title: "an agent's settings are no JSON",
    break: () => void home.write('.gemini/settings.json', '{"hooks": '),
    name: 'hooks gemini',
    said: /settings\.json is not JSON/,
    remedy: /no hook of that file is run/,
  },
  {
    title: 'everybody can write to an inbox',
    break: () => chmodSync(home.inbox('bob'), 0o777),
    name: 'permissions',
    said: /^everybody can write to .*from-agents$/,
    remedy: /chmod go-w \S+from-agents$/,
  },
  {
    title: 'everybody can write to the folder of HALT',
    break: () => chmodSync(join(home.path, CONFIG), 0o777),
    name: 'permissions',
    said: /^everybody can write to .*cross-agent-comms$/,
    remedy: /chmod go-w/,
  },
  {
    title: 'a group of several users can write to peers.toml',
    needsRoot: true,
    break: () => {
      const users = readFileSync('/etc/group', 'utf8')
        .split('\n')
        .map((line) => line.split(':'))
      const shared = users.find((fields) => (fields[3] ?? '') !== '' && fields[3] !== 'root')
      spawnSync('chgrp', [shared?.[2] ?? '1', join(home.path, CONFIG, 'peers.toml')])
      chmodSync(join(home.path, CONFIG, 'peers.toml'), 0o664)
    },
    name: 'permissions',
    said: /^its group can write to .*peers\.toml$/,
    remedy: /chmod go-w/,
  },
  {
    title: 'a signature lies without its message',
    break: () => makeOld(put(home, 'bob', `${SECOND}.asc`, 'what is left')),
    name: 'mail for bob',
    said: new RegExp(`^1 signature without a message: ${SECOND}\\.asc$`),
    remedy: /rm \S+\.asc$/,
  },
  {
    title: 'a message has no signature',
    break: () => void put(home, 'bob', SECOND, messageText({ SEQUENCE: '2' })),
    name: 'mail for bob',
    said: new RegExp(`^1 message has no signature: ${SECOND}$`),
    remedy: /cross-agent-recv --done \S+/,
  },
  {
    title: 'two messages are identical',
    break: () => {
      for (const end of ['', '.asc'])
        copyFileSync(join(home.inbox('bob'), FIRST + end), join(home.inbox('bob'), SECOND + end))
    },
    name: 'mail for bob',
    said: new RegExp(`^1 message is identical to an earlier one: ${SECOND}$`),
    remedy: /cross-agent-recv --done \S+/,
  },
  {
    title: 'a name cannot be held by other systems',
    break: () =>
      putSigned(home, 'bob', SECOND.replace('talk', 'a:b'), messageText({ CONVERSATION_ID: 'a:b' })).then(
        () => {},
      ),
    name: 'mail for bob',
    said: /cannot hold the name .*: it holds ":"$/,
    remedy: /another name/,
  },
  {
    title: 'names differ in upper and lower case only',
    break: () =>
      putSigned(home, 'bob', FIRST.replace('talk', 'Talk'), messageText({ CONVERSATION_ID: 'Talk' })).then(
        () => {},
      ),
    name: 'mail for bob',
    said: /cannot keep apart/,
    remedy: /another name/,
  },
  {
    title: 'a file synchroniser left a conflict copy',
    break: () =>
      void put(
        home,
        'bob',
        FIRST.replace('.org', '.sync-conflict-20260101-120000-ABCDEF7.org'),
        messageText(),
      ),
    name: 'mail for bob',
    said: /^1 conflict copy of a file synchroniser/,
    remedy: /ls -l \S+sync-conflict/,
  },
  {
    title: 'a send failed for good',
    break: () =>
      void home.write(
        '.local/state/cross-agent-comms/failed-sends/20260101T000000Z-velox-bob-m.org.json',
        JSON.stringify({ destination: 'velox.bob', message_path: 'm.org', error: 'no route to host' }),
      ),
    name: 'failed sends',
    said: /^1 send failed for good, the last to velox\.bob: no route to host$/,
    remedy: /ls \S+failed-sends/,
  },
  {
    title: 'gpg has a lock that a power cut left',
    break: () => {
      const lock = join(home.env.GNUPGHOME ?? '', 'pubring.kbx.lock')
      writeFileSync(lock, '')
      makeOld(lock)
    },
    name: 'gpg',
    said: /^gpg is blocked by a lock that nobody holds, .*pubring\.kbx\.lock$/,
    remedy: /rm \S*pubring\.kbx\.lock/,
  },
  {
    title: 'an old script comes first on PATH',
    break: () => void home.write('programs/cross-agent-send', '#!/usr/bin/env python3\nimport sys\n', 0o755),
    name: 'commands',
    said: /^scripts come first on PATH: \S*cross-agent-send$/,
    remedy: /mkdir -p (\S+old-scripts) && mv \S+cross-agent-send \1$/,
  },
  {
    title: 'node is past its end of life',
    break: () => ({ env: asNode(home, 'v18.20.0') }),
    name: 'node',
    said: /^v18\.20\.0 is past its end of life/,
    remedy: /install a newer node/,
  },
]

describe('C6 status --doctor', () => {
  it('C6 finds nothing wrong with a healthy home', async () => {
    const checks = await examineHome(home)
    expect(checks.filter(({ state }) => state === 'bad')).toEqual([])
    expect(checks.filter(({ state }) => state === 'unknown')).toEqual([])
    expect(checks.find(({ name }) => name === 'signing key')?.said).toMatch(
      /^tester [0-9A-F]{40}, by gpg's default; signs without a terminal$/,
    )
    expect(checks.find(({ name }) => name === 'mail')?.said).toBe('1 inbox, 1 message waits')
  })

  itLong('C6 finds nothing wrong where all that is optional is there', async () => {
    const project = join(home.path, 'projects/bob')
    installUnits()
    systemctlSays('active', 'active')
    home.stub('notify-send', 'exit 0')
    for (const name of readdirSync('packages'))
      if (name !== 'core') symlinkSync(binOf(name), join(home.programs, `cross-agent-${name}`))
    // Codex runs commands by a login shell, which sets PATH anew.
    home.write('.profile', `PATH='${home.programs}':"$PATH"\n`)
    for (const agent of Object.values(AGENTS)) {
      const program = join(home.programs, 'cross-agent-watch')
      await installHooks(agent, { folder: project, program, node: process.execPath, paths: paths(home.path) })
    }
    peersToml(`[trust]\nsigners = ["${await fingerprint(home, 'tester')}"]\n`)
    gitConfig('[gpg]\nformat = ssh\n[user]\nsigningkey = ~/.ssh/id_ed25519.pub\n')
    const checks = await examineHome(home, { cwd: project })
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
    expect(checks.filter(({ name }) => name.startsWith('hooks '))).toHaveLength(5)
    expect(checks.find(({ name }) => name === 'watcher')?.said).toBe('runs, as a service')
  })

  // Only root can give a file to a group that it does not belong to.
  const possible = faults.filter(({ needsRoot }) => hasRoot || !needsRoot)
  it.each(sample(possible, 3))('C6 names it, and only it: $title', async (fault) => {
    const options = (await fault.break()) ?? {}
    const found = await faultsOf(home, options)
    expect(found.map(({ name, said }) => ({ name, said }))).toEqual([
      { name: fault.name, said: expect.stringMatching(fault.said) },
    ])
    expect(`${found[0]?.remedy?.words}: ${found[0]?.remedy?.command}`.replace(/: null$/, '')).toMatch(
      fault.remedy,
    )
  })

  it('C6 sees that a watcher could not watch', async ({ skip }) => {
    const limit = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$0" "$@"'
    const line = [
      '--user',
      '--map-root-user',
      'sh',
      '-c',
      limit,
      process.execPath,
      binOf('status'),
      '--doctor',
    ]
    const { exitCode, stdout, stderr } = await home.exec('unshare', line, { env: asNode(home, 'v99.0.0') })
    if (/^unshare:|Permission denied|nonexistent/m.test(stderr)) return skip()
    expect(exitCode).toBe(1)
    expect(stdout.split('\n').filter((text) => text.startsWith('✗'))).toEqual([
      expect.stringMatching(/^✗ inotify: no instances left/),
    ])
  })

  it('C6 says HALT, and what else is wrong, without a banner', async () => {
    home.write(`${CONFIG}/HALT`, 'runaway')
    put(home, 'bob', SECOND, messageText({ SEQUENCE: '2' }))
    const { exitCode, stdout, stderr } = await home.run('status', ['--doctor'], {
      env: asNode(home, 'v99.0.0'),
    })
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
    expect(stdout).toContain(
      '✗ brake: halted: runaway\n    when the reason is gone:\n      cross-agent-resume\n',
    )
    expect(stdout).toContain('✗ mail for bob: 1 message has no signature')
    expect(stdout).not.toContain('HALT ACTIVE')
  })

  itLong('C6 fits 80 columns, with a line for a shell that can be pasted', async () => {
    const env = { ...asNode(home, 'v18.0.0'), GNUPGHOME: join(home.path, 'none') }
    const { stdout } = await home.run('status', ['--doctor'], { env })
    const lines = stdout.split('\n')
    expect(lines.filter((line) => Array.from(line).length > 80 && line.trim().includes(' '))).toEqual([])
    const start = lines.findIndex((line) => line.startsWith('      gpg '))
    const command = lines.slice(start, lines.findIndex((line, at) => at >= start && !line.endsWith('\\')) + 1)
    const made = await home.exec('sh', ['-c', command.join('\n')])
    expect(made).toMatchObject({ exitCode: 0 })
    expect(await faultsOf(home)).toEqual([])
  })

  it('C6 B44 nothing that is found forges a line', async () => {
    put(
      home,
      'bob',
      '20260102T000000Z-from-a-\n✓ brake: not halted\x1b[2J\u202e.org',
      messageText({ SEQUENCE: '2' }),
    )
    home.write(`${CONFIG}/HALT`, 'x\n✗ forged')
    const { stdout } = await home.run('status', ['--doctor'])
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]|^✗ forged|^✓ brake/m)
  })

  itLong('C6 changes nothing', async () => {
    const listing = async () => {
      // What runs for gpg has sockets and, for a moment, locks; and gpg notes what it has seen of chance.
      const all = [
        '.',
        '-type',
        'd',
        '-printf',
        '%p %m\n',
        '-o',
        '-type',
        'f',
        '-not',
        '-name',
        'random_seed',
      ]
      const { stdout } = await home.exec('find', [...all, '-printf', '%p %s %T@ %C@ %m\n'])
      return stdout.split('\n').sort()
    }
    asNode(home, 'v99.0.0')
    await examineHome(home)
    rmSync(join(home.path, 'version.cjs'))
    const before = await listing()
    await home.run('status', ['--doctor'])
    expect(await listing()).toEqual(before)
  })

  it('C6 makes no keyring where there is none', async () => {
    const env = { GNUPGHOME: join(home.path, 'empty') }
    mkdirSync(env.GNUPGHOME, { mode: 0o700 })
    await faultsOf(home, { env })
    expect(readdirSync(env.GNUPGHOME)).toEqual([])
  })

  itLong('C6 asks nobody for a passphrase, not on a terminal either', async () => {
    replaceHome(new Home())
    await home.makeKey('locked', 'secret')
    const status = `'${process.execPath}' '${binOf('status')}' --doctor`
    const env = { SHELL: '/bin/sh', TERM: 'xterm', NO_COLOR: '1', ...asNode(home, 'v99.0.0') }
    spawnSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, ...home.env } })
    const line = `GPG_TTY=$(tty) ${status}`
    const { exitCode, stdout } = await home.exec('timeout', ['120', 'script', '-qefc', line, '/dev/null'], {
      env,
    })
    expect(exitCode).toBe(1)
    expect(stdout).toContain('is locked')
    expect(stdout).not.toContain('\x1b')
  })

  itLong('C6 --quiet says it by the exit code alone', async () => {
    const env = asNode(home, 'v99.0.0')
    expect(await home.run('status', ['--doctor', '--quiet'], { env })).toMatchObject({
      exitCode: 0,
      stdout: '',
    })
    home.write(`${CONFIG}/HALT`, '')
    expect(await home.run('status', ['--doctor', '--quiet'], { env })).toMatchObject({
      exitCode: 1,
      stdout: '',
    })
  })

  it.each(
    sample([['--here'], ['--messages'], ['--exit-code'], ['--thread', 'talk'], ['--projects-glob', '*']], 1),
  )('C6 is not to be mixed with %s', async (...args) => {
    const { exitCode, stderr } = await home.run('status', ['--doctor', ...args])
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`argument ${args[0]}: not allowed with argument --doctor`)
  })
})
