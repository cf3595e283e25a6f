import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { Barrier } from '../support/barrier'
import { ANSWER_HONESTLY, HEAR_COMMAND } from '../support/honest-peer'
import { isLong, LONGER, sample } from '../support/long'
import { home, it, itLong } from '../support/own-home'
import { hasRoot } from '../support/root'

const CONFIG = '.config/cross-agent-comms'
const CACHE = '.cache/cross-agent-comms/discovery.json'
const REFUSED = 'echo "ssh: refused" >&2; exit 255'

beforeEach(() => stubSsh())

const stubSsh = (then = '') =>
  home.stub(
    'ssh',
    `${HEAR_COMMAND}\n[ $# = 6 ] && printf '%s\\n' "$1 $2 $3 $4 $5: $script" >> '${home.path}/ssh.log'\n${then}${ANSWER_HONESTLY}`,
  )
/** The calls of ssh since this was asked last. */
const newCalls = (): string[] => {
  const log = join(home.path, 'ssh.log')
  if (!existsSync(log)) return []
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
  rmSync(log)
  return lines
}
const writePeers = (text: string) => home.write(`${CONFIG}/peers.toml`, text)
const addProject = (name: string) => mkdirSync(join(home.path, 'projects', name, '.ai'), { recursive: true })
const discover = (...args: string[]) => home.run('discover', args)

interface Payload {
  scanned_at: string
  halt_active: boolean
  local: string[]
  peers: { name: string; reachable: boolean; error?: string; projects?: string[] }[]
}
const json = async (...args: string[]): Promise<Payload> =>
  JSON.parse((await discover('--json', ...args)).stdout)
const cache = (): Payload & { ssh_users?: unknown; enumerate_remote?: unknown } =>
  JSON.parse(readFileSync(join(home.path, CACHE), 'utf8'))
/** Lets the cache be that many seconds old. */
const ageCache = (seconds: number) => {
  const time = Date.now() / 1000 - seconds
  utimesSync(join(home.path, CACHE), time, time)
}
/** What a script keeps. */
const writeScriptCache = (changes: Partial<Payload> = {}) =>
  home.write(
    CACHE,
    JSON.stringify({
      scanned_at: '2026-01-01T00:00:00+00:00',
      halt_active: false,
      local: ['old'],
      peers: [{ name: 'elm', host: 'elm', reachable: false, error: 'from the cache' }],
      ...changes,
    }),
  )

describe('local projects', () => {
  it('are the folders with a .ai folder, by code point, hidden ones too', async () => {
    for (const name of ['b', 'a', 'Z', '.hidden', 'ü', '\u{1f600}', '\uffee']) addProject(name)
    mkdirSync(join(home.path, 'projects/plain'))
    home.write('projects/file', '')
    home.write('projects/odd/.ai', 'a file')
    symlinkSync('a', join(home.path, 'projects/link'))
    symlinkSync('nowhere', join(home.path, 'projects/dangling'))
    symlinkSync('loop', join(home.path, 'projects/loop'))
    const found = await discover('--json')
    expect(found.stderr).toBe('')
    expect(JSON.parse(found.stdout).local).toEqual([
      '.hidden',
      'Z',
      'a',
      'b',
      'link',
      'ü',
      '\uffee',
      '\u{1f600}',
    ])
  })
  it('B26 are listed though one cannot be looked into', async () => {
    addProject('fine')
    mkdirSync(join(home.path, 'projects/long'))
    symlinkSync(`/${'y'.repeat(300)}`, join(home.path, 'projects/long/.ai'))
    expect(await discover()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('\n  fine  [1 project]\n'),
      stderr: expect.stringMatching(/^warning: cannot look into \S+long\/\.ai: ENAMETOOLONG: .*\n$/),
    })
  })
})

describe('peers', () => {
  it('are called as the script calls them', async () => {
    writePeers('[peers.oak]\nhost = "oak.example"\nssh_user = "me"\n[peers.elm]\n')
    expect((await json('--enumerate-remote')).peers.map(({ name }) => name)).toEqual(['elm', 'oak'])
    expect(newCalls().sort()).toEqual([
      '-o ConnectTimeout=2 -o BatchMode=yes elm: alive',
      '-o ConnectTimeout=2 -o BatchMode=yes me@oak.example: alive',
      `-o ConnectTimeout=3 -o BatchMode=yes elm: projects`,
      `-o ConnectTimeout=3 -o BatchMode=yes me@oak.example: projects`,
    ])
  })
  it('that cannot be reached are not asked for projects, nor are those that fail to list them shown', async () => {
    writePeers('[peers.elm]\n[peers.oak]\n')
    stubSsh('case "$5 $script" in "elm alive") exit 3 ;; "oak projects") echo /p/a/.ai/; exit 2 ;; esac')
    expect((await json('--enum')).peers).toEqual([
      { name: 'elm', host: 'elm', reachable: false, error: 'exit 3' },
      { name: 'oak', host: 'oak', reachable: true, projects: [] },
    ])
    expect(newCalls()).toHaveLength(3)
  })
  it('without ssh are unreachable', async () => {
    writePeers('[peers.elm]\n')
    const { stdout } = await home.run('discover', [], { env: { PATH: join(home.path, 'nowhere') } })
    expect(stdout).toContain(
      '  elm              elm                       ✗ UNREACHABLE (ssh probe failed)\n',
    )
  })
  itLong('that are mute are given five seconds, with all that ssh started', async () => {
    writePeers('[peers.elm]\n')
    stubSsh('sleep 60; touch "$HOME/waited"')
    expect((await json()).peers).toMatchObject([{ reachable: false, error: 'ssh probe failed' }])
    expect(existsSync(join(home.path, 'waited'))).toBe(false)
  })
  it('B18 are probed side by side, 64 at once and no more, and shown by name', async () => {
    const names = Array.from({ length: 140 }, (_, n) => `peer${n}`)
    writePeers(names.map((name) => `[peers.${name}]\n`).join(''))
    const barrier = new Barrier(home.path, 64)
    home.stub('ssh', `${barrier.script}; ${REFUSED}`)
    const { peers } = await json()
    expect(barrier.mostAtOnce).toBe(64)
    expect(peers.map(({ name }) => name)).toEqual(names.sort())
    // On a busy machine the five seconds of some may be over first.
    expect(['ssh: refused', 'ssh probe failed']).toEqual(
      expect.arrayContaining([...new Set(peers.map(({ error }) => error))]),
    )
  })
  const askMany = async (limit: string, program: readonly string[]) => {
    writePeers(Array.from({ length: 120 }, (_, n) => `[peers.peer${n}]\n`).join(''))
    home.stub('ssh', HEAR_COMMAND + ANSWER_HONESTLY)
    const line = [...program, '--json', '--no-cache']
    const { stdout, stderr } = await home.exec('bash', ['-c', `ulimit ${limit}; exec "$@"`, 'bash', ...line])
    expect(stderr).toBe('')
    const { peers }: Payload = JSON.parse(stdout)
    return peers.filter(({ reachable }) => reachable).length
  }
  itLong('B18 are all asked where few files may be open', async () => {
    expect(await askMany('-n 48', [process.execPath, binOf('discover')])).toBe(120)
  })
  it.runIf(isLong && hasRoot)('B18 are all asked where few processes may run', LONGER, async () => {
    // Root may have as many processes as it likes; somebody else may not look into the folder of root's clone.
    chmodSync(home.path, 0o755)
    const [node, bin] = [join(home.path, 'node'), join(home.path, 'discover.cjs')]
    copyFileSync(process.execPath, node)
    for (const end of ['cjs', 'main.js', 'parts'])
      copyFileSync(binOf('discover').replace(/cjs$/, end), join(home.path, `discover.${end}`))
    chmodSync(node, 0o755)
    const asSomebodyElse = ['setpriv', '--reuid', '54321', '--clear-groups']
    expect(await askMany('-u 20', [...asSomebodyElse, node, bin])).toBe(120)
  })
  it('that are mistyped: the nearest is named', async () => {
    writePeers('[peers.oak]\n[peers.elm]\n')
    const { exitCode, stdout, stderr } = await discover('--peer', 'elmm')
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'no peer elmm in peers.toml; did you mean elm?\n',
    })
    expect(stdout).toContain('(no peers configured)')
  })
  it('that are not in peers.toml: an empty list', async () => {
    writePeers('[peers.oak]\n[peers.elm]\n')
    expect(await discover('--peer', 'ash')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('\nPeers (from peers.toml):\n  (no peers configured)\n'),
      stderr: '',
    })
    expect(newCalls()).toEqual([])
  })
  it.each(
    sample(
      ['bad = 1', 'bad = []', 'bad.host = "-oProxyCommand=sh"', 'bad.ssh_user = "-l"', 'bad.host = 5'],
      2,
    ),
  )('B13 that are malformed: exit 1, nothing is called: %s', async (line) => {
    writePeers(`[peers]\n${line}\n[peers.oak]\n`)
    const { exitCode, stdout, stderr } = await discover()
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/peers\.bad/)
    expect(newCalls()).toEqual([])
    expect((await json('--peer', 'oak')).peers).toMatchObject([{ name: 'oak', reachable: true }])
  })
  it('in a peers.toml that cannot be parsed: exit 1, also where the cache could answer', async () => {
    writePeers('[peers.elm]\n')
    await discover()
    writePeers('[peers.elm')
    expect(await discover()).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^cannot parse peers\.toml: /),
    })
  })
})

describe('B26', () => {
  itLong('a reader that goes away is no failure', async () => {
    for (let n = 0; n < 2000; n++) addProject(`${n}-${'x'.repeat(100)}`)
    const line = '"$0" "$@" 2> err | head -c 1; echo " $PIPESTATUS"'
    const command = [process.execPath, binOf('discover')]
    expect(await home.exec('bash', ['-c', line, ...command])).toMatchObject({ stdout: 'L 0\n' })
    expect(readFileSync(join(home.path, 'err'), 'utf8')).toBe('')
  })
  it('output that cannot be written is one line and exit 1', async () => {
    const command = [process.execPath, binOf('discover')]
    expect(await home.exec('bash', ['-c', '"$0" "$@" > /dev/full', ...command])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^cross-agent-discover: cannot write to standard output: .*\n$/),
    })
  })
})

it('without peers.toml nothing is loaded that only peers need', async () => {
  const hook = home.write(
    'hook.cjs',
    `const modules = require('node:module'), load = modules._load, loaded = new Set()
    modules._load = (name, ...rest) => { loaded.add(name.replace(/^node:/, '')); return load(name, ...rest) }
    process.on('exit', () => require('node:fs').writeSync(2, [...loaded].join(' ')))`,
  )
  const loaded = async () =>
    (await home.run('discover', [], { env: { NODE_OPTIONS: `--require ${hook}` } })).stderr.split(' ')
  expect(await loaded()).not.toEqual(expect.arrayContaining(['child_process']))
  expect(await loaded()).not.toEqual(expect.arrayContaining(['crypto']))
  writePeers('[peers.elm]\n')
  expect(await loaded()).toEqual(expect.arrayContaining(['child_process']))
})

describe('B14 under HALT', () => {
  it('a banner comes first: on stdout, but on stderr in JSON mode', async () => {
    home.write(`${CONFIG}/HALT`, 'because\n')
    const banner = '⚠ HALT ACTIVE — cross-agent comms paused\n  reason: because\n'
    expect(await discover()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(new RegExp(`^${banner}\nLocal \\(`)),
      stderr: '',
    })
    const shown = await discover('--json')
    expect(JSON.parse(shown.stdout)).toMatchObject({ halt_active: true })
    expect(shown.stderr).toBe(banner)
  })
  it('B27 also where HALT cannot be read', async () => {
    mkdirSync(join(home.path, CONFIG, 'HALT'), { recursive: true })
    expect((await discover()).stdout).toContain('  reason: (HALT file unreadable; treated as halted)\n\n')
    expect(await json()).toMatchObject({ halt_active: true })
  })
})

describe('B17 the cache', () => {
  beforeEach(() => writePeers('[peers.elm]\n[peers.oak]\nssh_user = "me"\n'))

  it('serves probes for five minutes, with the time at which they were made', async () => {
    const first = await json()
    expect(newCalls()).toHaveLength(2)
    stubSsh(REFUSED)
    expect(await json()).toEqual(first)
    ageCache(290)
    expect(await json()).toEqual(first)
    expect(newCalls()).toEqual([])
    ageCache(310)
    expect((await json()).peers).toMatchObject([{ reachable: false }, { reachable: false }])
    expect(newCalls()).toHaveLength(2)
  })
  it('is not served when it comes from the future', async () => {
    await discover()
    ageCache(-60)
    newCalls()
    await discover()
    expect(newCalls()).toHaveLength(2)
  })
  it('hides neither a new HALT nor a new project', async () => {
    expect(await json()).toMatchObject({ halt_active: false, local: [] })
    home.write(`${CONFIG}/HALT`, '')
    addProject('new')
    newCalls()
    expect(await json()).toMatchObject({ halt_active: true, local: ['new'] })
    expect(newCalls()).toEqual([])
  })
  it.each(
    sample(
      [
        ['a new peer', '[peers.elm]\n[peers.oak]\nssh_user = "me"\n[peers.ash]\n'],
        ['a peer less', '[peers.elm]\n'],
        ['another host', '[peers.elm]\nhost = "e"\n[peers.oak]\nssh_user = "me"\n'],
        ['another user', '[peers.elm]\n[peers.oak]\nssh_user = "you"\n'],
        ['no user', '[peers.elm]\n[peers.oak]\n'],
      ],
      1,
    ),
  )('is not served for a peers.toml with %s, though that looks old', async (_, text) => {
    await discover()
    newCalls()
    const long = new Date('2020-01-01')
    utimesSync(writePeers(text), long, long)
    const { peers } = await json()
    expect(newCalls()).toHaveLength(peers.length)
  })
  it('is not served for projects unless it has them', async () => {
    stubSsh('case $script in projects) echo "cross-agent $sum project /p/a/.ai/" ;; esac')
    await discover()
    newCalls()
    expect((await json('--enumerate-remote')).peers).toMatchObject([{ projects: ['a'] }, { projects: ['a'] }])
    expect(newCalls()).toHaveLength(4)
    expect((await discover('--enumerate-remote')).stdout).toContain('\n    projects: a\n')
    expect(newCalls()).toEqual([])
  })
  itLong(
    'is not served for projects where it was not asked for them, also if no peer was reachable',
    async () => {
      stubSsh(REFUSED)
      await discover()
      newCalls()
      await discover('--enumerate-remote')
      expect(newCalls()).toHaveLength(2)
      await discover('--enumerate-remote')
      expect(newCalls()).toEqual([])
    },
  )
  itLong('with projects answers the question without them: JSON shows them, as the script does', async () => {
    stubSsh('case $script in projects) echo "cross-agent $sum project /p/a/.ai/" ;; esac')
    const first = await json('--enumerate-remote')
    newCalls()
    expect(await json()).toEqual(first)
    expect((await discover()).stdout).not.toContain('projects: a')
    expect(newCalls()).toEqual([])
  })
  itLong('answers --peer, which does not write it', async () => {
    expect((await json('--peer', 'oak')).peers).toHaveLength(1)
    expect(existsSync(join(home.path, CACHE))).toBe(false)
    await discover()
    newCalls()
    const before = readFileSync(join(home.path, CACHE))
    expect((await json('--peer', 'oak')).peers).toMatchObject([{ name: 'oak' }])
    expect(newCalls()).toEqual([])
    expect((await json('--peer', 'oak', '--enumerate-remote')).peers).toMatchObject([{ projects: [] }])
    expect(newCalls()).toHaveLength(2)
    expect(readFileSync(join(home.path, CACHE))).toEqual(before)
  })
  itLong('is neither read nor written with --no-cache', async () => {
    await discover('--no-cache')
    expect(existsSync(join(home.path, CACHE))).toBe(false)
    await discover()
    newCalls()
    await discover('--no-c')
    expect(newCalls()).toHaveLength(2)
  })
  itLong('keeps the keys of the script, in its place and with its mode', async () => {
    addProject('a')
    const shown = await json()
    const { ssh_users: users, enumerate_remote: hasProjects, ...kept } = cache()
    expect(JSON.stringify(kept)).toBe(JSON.stringify(shown))
    expect({ users, hasProjects }).toEqual({ users: [null, 'me'], hasProjects: false })
    expect(statSync(join(home.path, CACHE)).mode & 0o777).toBe(0o666 & ~process.umask())
    expect(readdirSync(join(home.path, CACHE, '..'))).toEqual(['discovery.json'])
  })
  itLong('is read as a script wrote it, if it is no older than peers.toml', async () => {
    const peers = writePeers('[peers.elm]\n')
    writeScriptCache()
    expect(await json()).toEqual({
      scanned_at: '2026-01-01T00:00:00+00:00',
      halt_active: false,
      local: [],
      peers: [{ name: 'elm', host: 'elm', reachable: false, error: 'from the cache' }],
    })
    expect(newCalls()).toEqual([])
    const later = new Date(Date.now() + 5000)
    utimesSync(peers, later, later)
    expect((await json()).peers).toMatchObject([{ reachable: true }])
    expect(newCalls()).toHaveLength(1)
  })
  itLong('of a script is not served once peers.toml leads to another file, though that is old', async () => {
    const long = new Date('2020-01-01')
    for (const name of ['old.toml', 'new.toml']) utimesSync(home.write(name, '[peers.elm]\n'), long, long)
    const link = join(home.path, CONFIG, 'peers.toml')
    rmSync(link)
    symlinkSync(join(home.path, 'old.toml'), link)
    writeScriptCache()
    expect((await json()).peers).toMatchObject([{ error: 'from the cache' }])
    ageCache(60)
    rmSync(link)
    symlinkSync(join(home.path, 'new.toml'), link)
    expect((await json()).peers).toMatchObject([{ reachable: true }])
  })
  it.each(
    sample(
      [
        ['not JSON', 'nonsense'],
        ['no text', Buffer.from([0xff, 0xfe])],
        ['another shape', '[1, 2]'],
        ['peers of another shape', '{"scanned_at": "x", "peers": [{"name": "elm"}]}'],
        ['empty', ''],
      ],
      1,
    ),
  )('is none, and is replaced, where it is %s', async (_, content) => {
    home.write(CACHE, content)
    expect(await discover()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(newCalls()).toHaveLength(2)
    expect(cache().peers).toHaveLength(2)
  })
  it('is none, and is replaced, where it is a fifo', async () => {
    home.write(`${CACHE}/../x`, '')
    await home.exec('mkfifo', [join(home.path, CACHE)])
    expect(await discover()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(newCalls()).toHaveLength(2)
    expect(cache().peers).toHaveLength(2)
  })
  itLong('is none, and is replaced, where it is larger than any cache', async () => {
    await discover()
    const text = readFileSync(join(home.path, CACHE), 'utf8')
    home.write(CACHE, text + ' '.repeat(1000))
    newCalls()
    await discover()
    expect(newCalls()).toEqual([])
    home.write(CACHE, text + ' '.repeat(33 * 1024 * 1024))
    await discover()
    expect(newCalls()).toHaveLength(2)
    expect(statSync(join(home.path, CACHE)).size).toBe(text.length)
  })
  it('leaves no unfinished file where it cannot take its place', async () => {
    home.write(`${CACHE}/in-the-way`, '')
    expect(await discover()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(readdirSync(join(home.path, CACHE, '..'))).toEqual(['discovery.json'])
  })
  it.each(
    sample(
      [
        ['a folder', () => mkdirSync(join(home.path, CACHE), { recursive: true })],
        ['below a file', () => home.write('.cache', 'a file')],
        [
          'a link to nowhere',
          () =>
            home.write('.cache/x', '') && symlinkSync('nowhere', join(home.path, '.cache/cross-agent-comms')),
        ],
      ],
      1,
    ),
  )('that cannot be written is no failure: %s', async (_, block) => {
    block()
    expect(await discover()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(newCalls()).toHaveLength(2)
  })
})

const reference = process.env.CROSS_AGENT_REFERENCE
describe.skipIf(reference === undefined)('B17 old and new read the cache of each other', () => {
  const script = (...args: string[]) =>
    home.exec('/usr/bin/python3', [join(reference ?? '', 'cross-agent-discover'), ...args])
  beforeEach(() => {
    addProject('a')
    writePeers('[peers.elm]\n[peers.oak]\nhost = "größe.example"\nssh_user = "me"\n')
    stubSsh(
      'case "$*" in *" elm "*) echo "größer" >&2; exit 255 ;; esac; case $script in projects) echo "cross-agent $sum project /p/a/.ai/" ;; esac',
    )
  })

  it.each(sample([[[]], [['--enumerate-remote']], [['--peer', 'oak']]], 1))(
    'the script reads ours: %j',
    async (args) => {
      const [option] = args
      await (option === '--enumerate-remote' ? discover(option) : discover())
      newCalls()
      const shown = await script(...args)
      expect(shown).toMatchObject({ exitCode: 0, stderr: '' })
      expect(shown.stdout).toBe((await discover(...args)).stdout)
      expect(JSON.parse((await script('--json', ...args)).stdout)).toMatchObject(await json(...args))
      expect(newCalls()).toEqual([])
    },
  )
  it.each(sample([[[]], [['--enumerate-remote']], [['--peer', 'oak']]], 1))(
    'ours reads that of the script: %j',
    async (args) => {
      const [option] = args
      await (option === '--enumerate-remote' ? script(option) : script())
      newCalls()
      for (const form of [[], ['--json']]) {
        expect(await discover(...args, ...form)).toEqual(await script(...args, ...form))
      }
      expect(newCalls()).toEqual([])
    },
  )
  itLong('and each replaces that of the other with the same four keys', async () => {
    const asWritten = async (write: typeof script) => {
      ageCache(400)
      await write()
      const { scanned_at: _, ssh_users: __, enumerate_remote: ___, ...kept } = cache()
      return JSON.stringify(kept)
    }
    await discover()
    const ours = await asWritten(discover)
    expect(await asWritten(script)).toBe(ours)
    expect(await asWritten(discover)).toBe(ours)
  })
})
