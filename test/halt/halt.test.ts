import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { boundByModes, CAN_FORBID } from '../conformance/programs.mjs'
import { Barrier } from '../support/barrier'
import { CONFIG, calls, haltFile, stubLogging, stubPrograms, writePeers } from '../support/brake'
import { sample } from '../support/long'
import { home, it, itLong } from '../support/own-home'

stubPrograms()

const reason = () => readFileSync(haltFile(), 'utf8')
const halt = (...args: string[]) => home.run('halt', args)

const DONE = 'Halting locally       ✓ (HALT file written)\n'

const STOPPED = ['--user stop cross-agent-watch.path cross-agent-watch.service']

describe('this machine', () => {
  it('is halted, in the words of the script', async () => {
    expect(await halt('because')).toEqual({
      exitCode: 0,
      signal: null,
      stdout: `${DONE}
Halt active. Remove ${haltFile()} or run cross-agent-resume to clear.
Agent polling will stop within ~5 min (one cadence cycle).
`,
      stderr: '',
    })
    expect(reason()).toBe('because\n')
    expect(statSync(haltFile()).mode & 0o777).toBe(0o666 & ~process.umask())
    expect(readdirSync(join(home.path, CONFIG))).toEqual(['HALT'])
  })
  it.each(sample([[[]], [['']]], 1))('without a reason: HALT is empty (%j)', async (args) => {
    expect(await halt(...args)).toMatchObject({ exitCode: 0 })
    expect(reason()).toBe('')
  })
  it('gets a new reason where it was halted already; mode and link stay', async () => {
    const shared = home.write('shared/HALT', 'a long reason from before\n')
    chmodSync(shared, 0o640)
    mkdirSync(join(home.path, CONFIG), { recursive: true })
    symlinkSync(shared, haltFile())
    expect(await halt('new')).toMatchObject({ exitCode: 0 })
    expect(readFileSync(shared, 'utf8')).toBe('new\n')
    expect(statSync(shared).mode & 0o777).toBe(0o640)
    expect(lstatSync(haltFile()).isSymbolicLink()).toBe(true)
  })
  it('is never without HALT while that gets a new reason: the file stays the same one', async () => {
    home.write(`${CONFIG}/HALT`, 'a long reason from before\n')
    const before = statSync(haltFile()).ino
    expect(await halt('new')).toMatchObject({ exitCode: 0 })
    expect(statSync(haltFile()).ino).toBe(before)
    expect(reason()).toBe('new\n')
  })
  it('is halted before any program is called', async () => {
    stubLogging('systemctl', `test -s '${haltFile()}' && echo halted >> '${home.path}/systemctl.log'`)
    await halt('because')
    expect(calls('systemctl')).toEqual([...STOPPED, 'halted'])
  })
})

describe('A7 the watcher', () => {
  it('is stopped, path and service', async () => {
    await halt()
    expect(calls('systemctl')).toEqual(STOPPED)
  })
  it.each(sample(['--no-stop-watcher', '--no'], 1))('is left alone with %s', async (flag) => {
    expect(await halt(flag)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(DONE) })
    expect(calls('systemctl')).toEqual([])
    expect(reason()).toBe('')
  })
  it.each(
    sample(
      [
        [
          'fails',
          'echo "Unit $3 not loaded." >&2; echo "Unit $4 not loaded." >&2; exit 5',
          /: Unit \S+path not loaded\.; Unit \S+service not loaded\.$/,
        ],
        ['fails without a word', 'exit 5', /: exit 5$/],
      ],
      2,
    ),
  )('a systemctl that %s is one warning, exit 0', async (_, then, words) => {
    stubLogging('systemctl', then)
    const { exitCode, stdout, stderr } = await halt()
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(DONE) })
    expect(stderr).toMatch(/^warning: the watcher was not stopped: [^\n]*\n$/)
    expect(stderr.trimEnd()).toMatch(words)
  })
  it('so is a systemctl that is not there', async () => {
    expect(await home.run('halt', [], { env: { PATH: join(home.path, 'nowhere') } })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(DONE),
      stderr: 'warning: the watcher was not stopped: systemctl not found\n',
    })
  })
  itLong('a systemctl that does not end is given 5 seconds', async () => {
    stubLogging('systemctl', 'sleep 60')
    const { exitCode, stderr } = await halt()
    expect(exitCode).toBe(0)
    expect(stderr).toBe('warning: the watcher was not stopped: systemctl did not end within 5 s\n')
    expect(calls('systemctl')).toEqual(STOPPED)
  })
})

describe('B20 the brake always fires', () => {
  it.each(
    sample(
      [
        [['runaway', 'loop'], 'runaway loop\n'],
        [['runaway', '--tailnet', 'loop'], 'runaway loop\n'],
        [['two  blanks', '', 'x'], 'two  blanks  x\n'],
        [['started', 'with', '-v'], 'started with -v\n'],
        [['42'], '42\n'],
        [['-1', '-'], '-1 -\n'],
        [['--', '--tailnet', 'broke', 'it'], '--tailnet broke it\n'],
        [['because', '--tailnet', '--'], 'because\n'],
      ],
      2,
    ),
  )('%j', async (args, written) => {
    expect(await halt(...args)).toMatchObject({ exitCode: 0 })
    expect(reason()).toBe(written)
  })
  it.each(
    sample(
      [['--tailnett'], ['because', '--tailnett'], ['because', '-tailnet'], ['-x'], ['--tailnet=yes']],
      2,
    ),
  )('but a mistyped option is a usage error: %j %j', async (...args) => {
    expect(await halt(...args)).toMatchObject({ exitCode: 2, stdout: '' })
    expect(existsSync(haltFile())).toBe(false)
    expect(calls('systemctl')).toEqual([])
  })
})

describe('B20 a reason too long for a peer', () => {
  const peersReason = () => readFileSync(join(home.path, 'elm', CONFIG, 'HALT'), 'utf8')
  const haltFor = async (...words: string[]) => {
    writePeers('[peers.elm]\n')
    home.stub('ssh', `HOME='${home.path}/elm' exec sh -c "$6"`)
    mkdirSync(join(home.path, 'elm'), { recursive: true })
    expect(await halt('--tailnet', ...words)).toMatchObject({ exitCode: 0, stderr: '' })
    // As truths: a difference of this length would bury what the test says.
    expect(reason() === `${words.join(' ')}\n`).toBe(true)
  }
  it.each(
    sample(
      [
        ['many words', ['x'.repeat(100_000), 'y'.repeat(100_000)]],
        ['many quotes', ["'".repeat(60_000)]],
        ['many symbols', ['⚠'.repeat(43_680)]],
      ],
      2,
    ),
  )('halts it with its beginning: %s', async (_, words) => {
    await haltFor(...words)
    expect(peersReason() === words.join(' ').slice(0, 10_000)).toBe(true)
  })
  it.each(sample([['x'.repeat(129_000)], ['⚠\u{1f600}'.repeat(18_000)]], 1))(
    'but what fits is brought as it is: %.3s…',
    async (words) => {
      await haltFor(words)
      expect(peersReason() === words).toBe(true)
    },
  )
})

describe('B21 a HALT that cannot be written', () => {
  const block = () => home.write(CONFIG, 'a file where the folder should be')
  it('is an error: exit 1, no ✓, and the watcher is stopped all the same', async () => {
    block()
    const { exitCode, stdout, stderr } = await halt('because')
    expect(exitCode).toBe(1)
    expect(stdout).toBe('Halting locally       ✗ (HALT file not written)\n')
    expect(stderr).toBe(
      `cannot write ${haltFile()}: EEXIST: file already exists\nthis machine is not halted: fix that, or create the file by hand\n`,
    )
    expect(calls('systemctl')).toEqual(STOPPED)
  })
  it('says so where the machine is halted by what is there', async () => {
    mkdirSync(haltFile(), { recursive: true })
    const { exitCode, stdout, stderr } = await halt('because')
    expect(exitCode).toBe(1)
    expect(stdout).not.toContain('✓')
    expect(stderr).toMatch(/^cannot write .*: EISDIR: .*\nthe HALT that is there still halts this machine/)
  })
  it('does not save the peers', async () => {
    writePeers('[peers.elm]\n[peers.oak]\n')
    mkdirSync(haltFile())
    const { exitCode, stdout } = await halt('--tailnet')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^Halting elm {26}✓ \(HALT file written\)$/m)
    expect(stdout).toMatch(/^PARTIAL HALT: 2\/3 machines halted\.\n {2}- locally: cannot write .*EISDIR/m)
    expect(calls('ssh')).toHaveLength(2)
  })
  it('a link to nowhere is written through, as the script does', async () => {
    mkdirSync(join(home.path, CONFIG), { recursive: true })
    symlinkSync(join(home.path, 'elsewhere'), haltFile())
    expect(await halt('because')).toMatchObject({ exitCode: 0 })
    expect(readFileSync(join(home.path, 'elsewhere'), 'utf8')).toBe('because\n')
  })
})

describe('B27 a HALT that cannot be reached', () => {
  const haltBoundByModes = (...args: string[]) => {
    const { program, arguments: all } = boundByModes({
      program: process.execPath,
      arguments: [binOf('halt'), ...args],
    })
    return home.exec(program, all)
  }
  it.skipIf(!CAN_FORBID).each(
    sample(
      [
        ['is in an unreadable folder', CONFIG, 0o000],
        ['cannot be opened', `${CONFIG}/HALT`, 0o000],
        ['can only be read', `${CONFIG}/HALT`, 0o444],
      ],
      2,
    ),
  )('halts this machine as it is, and is no ✓: it %s', async (_, path, mode) => {
    home.write(`${CONFIG}/HALT`, 'before\n')
    chmodSync(join(home.path, path), mode)
    const { exitCode, stdout, stderr } = await haltBoundByModes('because')
    chmodSync(join(home.path, path), 0o700)
    expect({ exitCode, stdout }).toEqual({
      exitCode: 1,
      stdout: 'Halting locally       ✗ (HALT file not written)\n',
    })
    expect(stderr).toMatch(
      /^cannot write \S+HALT: EACCES: permission denied\nthe HALT that is there still halts this machine/,
    )
    expect(reason()).toBe('before\n')
  })
  it('also behind a link that leads to itself', async () => {
    symlinkSync('.config', join(home.path, '.config'))
    const { exitCode, stdout, stderr } = await halt('because')
    expect(exitCode).toBe(1)
    expect(stdout).not.toContain('✓')
    expect(stderr).toMatch(/ELOOP: .*\nthe HALT that is there still halts this machine/)
  })
})

describe('--tailnet', () => {
  it('calls ssh as the script does, the watcher last (A8)', async () => {
    writePeers('[peers.oak]\nhost = "oak.example"\nssh_user = "me"\n')
    const { stdout } = await halt('--tailnet', "it's late")
    expect(calls('ssh')).toEqual([`-o ConnectTimeout=3 -o BatchMode=yes me@oak.example: halt`])
    expect(stdout).toBe(`${DONE}
Halting oak.example                  ✓ (HALT file written)

Halt active across 2 machine(s).
`)
  })
  it('leaves the command as it is in the script with --no-stop-watcher', async () => {
    writePeers('[peers.oak]\n')
    await halt('--tailnet', '--no-stop-watcher')
    expect(calls('ssh')).toEqual(['-o ConnectTimeout=3 -o BatchMode=yes oak: halt'])
  })
  it.each(sample(['', '[peers]\n', '[projects.x]\n'], 1))('without peers (%j)', async (text) => {
    if (text !== '') writePeers(text)
    expect(await halt('--tailnet')).toMatchObject({
      exitCode: 0,
      stdout: `${DONE}\nNo peers configured in peers.toml — local-only halt complete.\n`,
      stderr: '',
    })
  })
  it('B18 asks side by side and prints in the order of the names', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `peer${n}`)
    writePeers(names.map((name) => `[peers.${name}]\n`).join(''))
    const barrier = new Barrier(home.path, 20)
    // The first in the list answer last.
    stubLogging('ssh', `${barrier.script}; case "$5" in peer1*) sleep 0.2 ;; esac`)
    const { exitCode, stdout } = await halt('--tailnet')
    expect(barrier.mostAtOnce).toBe(20)
    expect(exitCode).toBe(0)
    const printed = [...stdout.matchAll(/^Halting (peer\d+) /gm)].map(([, name]) => name)
    expect(printed).toEqual(names.sort())
    expect(stdout.endsWith('\nHalt active across 21 machine(s).\n')).toBe(true)
  })
  itLong('gives up on a mute peer after ten seconds, with all that ssh started', async () => {
    writePeers('[peers.elm]\n[peers.oak]\n')
    stubLogging('ssh', 'case "$5" in elm) sleep 60 ;; esac')
    const { exitCode, stdout } = await halt('--tailnet')
    expect(exitCode).toBe(1)
    expect(stdout).toBe(`${DONE}
Halting elm                          ✗ (ssh unavailable or timed out)
Halting oak                          ✓ (HALT file written)

PARTIAL HALT: 2/3 machines halted.
  - elm (elm): ssh unavailable or timed out
Resolve the failures or manually halt each machine.
`)
  })
  it.each(sample([[`it's "late"\ntwo $(touch intruder) \`id\` \\n \\ %s $HOME ;`], ["'\\''"], ['-n']], 1))(
    'brings the reason %j to the shell of a peer as it is',
    async (words) => {
      writePeers('[peers.elm]\n[peers.oak]\n')
      home.stub('ssh', `mkdir -p '${home.path}'/"$5" && cd '${home.path}'/"$5" && HOME=$PWD exec sh -c "$6"`)
      expect(await halt('--tailnet', '--', words)).toMatchObject({ exitCode: 0 })
      for (const peer of ['elm', 'oak']) {
        expect(readFileSync(join(home.path, peer, CONFIG, 'HALT'), 'utf8')).toBe(words)
        expect(readdirSync(join(home.path, peer))).toEqual(['.config'])
      }
    },
  )
  it('lists who is not halted, and counts the others', async () => {
    writePeers('[peers.ash]\nhost = "ash.example"\n[peers.elm]\n[peers.oak]\n')
    stubLogging('ssh', 'case "$5" in ash*) echo "no route" >&2; exit 255 ;; esac')
    expect(await halt('--tailnet')).toMatchObject({
      exitCode: 1,
      stdout: `${DONE}
Halting ash.example                  ✗ (no route)
Halting elm                          ✓ (HALT file written)
Halting oak                          ✓ (HALT file written)

PARTIAL HALT: 3/4 machines halted.
  - ash (ash.example): no route
Resolve the failures or manually halt each machine.
`,
      stderr: '',
    })
  })
  itLong('B26 goes on where nobody reads what it prints', async () => {
    writePeers('[peers.elm]\n[peers.oak]\n')
    stubLogging('ssh', 'sleep 0.3')
    const script = `node '${binOf('halt')}' --tailnet | true; echo "\${PIPESTATUS[0]}"`
    expect(await home.exec('bash', ['-c', script])).toMatchObject({ stdout: '0\n', stderr: '' })
    expect(calls('ssh')).toHaveLength(2)
  })
  it.each(
    sample(
      [
        ['the last line of what ssh says', 'echo one >&2; printf "two\\r\\n" >&2; exit 255', 'two'],
        ['its exit code', 'echo ignored; exit 7', 'exit 7'],
        ['the signal that ended it', 'kill -TERM $$', 'exit -15'],
      ],
      2,
    ),
  )('reports %s', async (_, then, words) => {
    writePeers('[peers.elm]\n')
    stubLogging('ssh', then)
    expect((await halt('--tailnet')).stdout).toContain(
      `\nHalting elm                          ✗ (${words})\n`,
    )
  })
})

describe('B19 a broken peers.toml', () => {
  it.each(sample(['[peers', 'peers = 3\n', '\xff'], 1))(
    'is exit 1 after the local part: %j',
    async (text) => {
      home.write(`${CONFIG}/peers.toml`, Buffer.from(text, 'latin1'))
      const { exitCode, stdout, stderr } = await halt('--tailnet', 'because')
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: DONE })
      expect(stderr).toMatch(/^cannot (parse|read) \S*peers\.toml: .+\n/)
      expect(reason()).toBe('because\n')
      expect(calls('systemctl')).toEqual(STOPPED)
      expect(calls('ssh')).toEqual([])
    },
  )
  it('does not matter without --tailnet', async () => {
    writePeers('[peers')
    expect(await halt()).toMatchObject({ exitCode: 0, stderr: '' })
  })
})

describe('B13 a malformed peer', () => {
  it.each(sample(['host = "-oProxyCommand=sh"', 'ssh_user = "-l"', 'host = 5', 'host = ""'], 1))(
    'is not called, and is exit 1; the others are halted: %s',
    async (line) => {
      writePeers(`[peers.bad]\n${line}\n[peers.oak]\n`)
      const { exitCode, stdout, stderr } = await halt('--tailnet')
      expect(exitCode).toBe(1)
      expect(stderr).toMatch(/peers\.bad/)
      expect(stdout).toContain('\nHalting bad                          ✗ (malformed in peers.toml)\n')
      expect(stdout).toContain(
        '\nPARTIAL HALT: 2/3 machines halted.\n  - bad (bad): malformed in peers.toml\n',
      )
      expect(calls('ssh').map((call) => call.split(' ')[4])).toEqual(['oak:'])
    },
  )
  it('also where it is no table', async () => {
    writePeers('[peers]\nbad = 1\n')
    expect(await halt('--tailnet')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('[peers.bad]'),
    })
    expect(calls('ssh')).toEqual([])
  })
})
