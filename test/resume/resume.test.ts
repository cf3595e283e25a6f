import { chmodSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { boundByModes, CAN_FORBID } from '../conformance/programs.mjs'
import { Barrier } from '../support/barrier'
import { CONFIG, calls, haltFile, stubLogging, stubPrograms, writePeers } from '../support/brake'
import { sample } from '../support/long'
import { home, it } from '../support/own-home'

stubPrograms()

const isHalted = () => lstatSync(haltFile(), { throwIfNoEntry: false }) !== undefined
const setHalt = () => home.write(`${CONFIG}/HALT`, 'because\n')
const resume = (...args: string[]) => home.run('resume', args)

const CLEARED = 'Resuming locally      ✓ (HALT cleared)\n'
const NOT_HALTED = 'Resuming locally      ✓ (no HALT was active)\n'
const RE_ENGAGE = `
Halt cleared. Watcher restarted.

Agent polling does NOT auto-resume — per the failsafe asymmetry rule,
agents stay paused until you explicitly re-engage each session.
Open the relevant Claude session and tell the agent to resume polling
for its conversation.
`

describe('this machine', () => {
  it('resumes, in the words of the script, and its watcher is started', async () => {
    setHalt()
    expect(await resume()).toEqual({ exitCode: 0, signal: null, stdout: CLEARED + RE_ENGAGE, stderr: '' })
    expect(isHalted()).toBe(false)
    expect(calls('systemctl')).toEqual(['--user start cross-agent-watch.path'])
  })
  it('says so where it was not halted', async () => {
    expect(await resume()).toMatchObject({ exitCode: 0, stdout: NOT_HALTED + RE_ENGAGE })
    expect(calls('systemctl')).toHaveLength(1)
  })
  it('warns of a systemctl that fails, exit 0', async () => {
    setHalt()
    stubLogging('systemctl', 'echo no bus >&2; exit 1')
    expect(await resume()).toMatchObject({
      exitCode: 0,
      stdout: CLEARED + RE_ENGAGE,
      stderr: expect.stringMatching(
        /^warning: the watcher was not started: no bus \("Watcher restarted" does not hold [^\n]+\)\n$/,
      ),
    })
  })
})

describe('B21 HALT', () => {
  it('that cannot be removed: exit 1, no ✓, no "Halt cleared", nothing is started', async () => {
    mkdirSync(haltFile(), { recursive: true })
    writePeers('[peers.elm]\n')
    const { exitCode, stdout, stderr } = await resume('--tailnet')
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/^could not remove HALT: (EISDIR|EPERM): .*\nstill halted: .*\n$/)
    expect(isHalted()).toBe(true)
    expect([...calls('systemctl'), ...calls('ssh')]).toEqual([])
  })
  it('that is a link to nowhere is HALT, and removed', async () => {
    mkdirSync(join(home.path, CONFIG), { recursive: true })
    symlinkSync('nowhere', haltFile())
    expect(await resume()).toMatchObject({ exitCode: 0, stdout: CLEARED + RE_ENGAGE })
    expect(isHalted()).toBe(false)
  })
})

describe('B27 a HALT that cannot be reached', () => {
  it.skipIf(!CAN_FORBID).each(
    sample(
      [
        ['an unreadable folder', 0o000],
        ['a folder that only can be read', 0o500],
      ],
      1,
    ),
  )('is not cleared: in %s', async (_, mode) => {
    setHalt()
    const folder = join(home.path, CONFIG)
    chmodSync(folder, mode)
    const { program, arguments: args } = boundByModes({
      program: process.execPath,
      arguments: [binOf('resume')],
    })
    const { exitCode, stdout, stderr } = await home.exec(program, args)
    chmodSync(folder, 0o700)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/^could not remove HALT: EACCES: permission denied\nstill halted: .*\n$/)
    expect(isHalted()).toBe(true)
    expect(calls('systemctl')).toEqual([])
  })
  it('also behind a link that leads to itself', async () => {
    symlinkSync('.config', join(home.path, '.config'))
    expect(await resume()).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^could not remove HALT: ELOOP: /),
    })
  })
})

describe('--tailnet', () => {
  it('calls ssh as the script does, the watcher last (A8)', async () => {
    setHalt()
    writePeers('[peers.oak]\nhost = "oak.example"\nssh_user = "me"\n[peers.elm]\n')
    const { exitCode, stdout } = await resume('--tailnet')
    expect(calls('ssh').sort()).toEqual([
      `-o ConnectTimeout=3 -o BatchMode=yes elm: resume`,
      `-o ConnectTimeout=3 -o BatchMode=yes me@oak.example: resume`,
    ])
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `${CLEARED}
Resuming elm                         ✓ (HALT cleared)
Resuming oak.example                 ✓ (HALT cleared)

Resume complete across 3 machine(s).
${RE_ENGAGE}`,
    })
  })
  it('is exit 1 where a peer stays halted', async () => {
    writePeers('[peers.elm]\n[peers.oak]\n')
    stubLogging('ssh', 'case "$5" in oak) echo no route >&2; exit 255 ;; esac')
    expect(await resume('--tail')).toMatchObject({
      exitCode: 1,
      stdout: `${NOT_HALTED}
Resuming elm                         ✓ (HALT cleared)
Resuming oak                         ✗ (no route)

PARTIAL RESUME: 2/3 machines cleared.
  - oak (oak): no route
Resolve the failures or manually clear HALT on each machine.
${RE_ENGAGE}`,
    })
  })
  it('without peers', async () => {
    expect(await resume('--tailnet')).toMatchObject({
      exitCode: 0,
      stdout: `${NOT_HALTED}\nNo peers configured in peers.toml — local-only resume complete.\n${RE_ENGAGE}`,
    })
  })
  it('B18 asks side by side', async () => {
    writePeers(Array.from({ length: 20 }, (_, n) => `[peers.peer${n}]\n`).join(''))
    const barrier = new Barrier(home.path, 20)
    stubLogging('ssh', barrier.script)
    expect(await resume('--tailnet')).toMatchObject({ exitCode: 0 })
    expect(barrier.mostAtOnce).toBe(20)
    expect(calls('ssh')).toHaveLength(20)
  })
  it('B26 goes on where nobody reads what it prints', async () => {
    setHalt()
    writePeers('[peers.elm]\n[peers.oak]\n')
    stubLogging('ssh', 'sleep 0.3')
    const script = `node '${binOf('resume')}' --tailnet | true; echo "\${PIPESTATUS[0]}"`
    expect(await home.exec('bash', ['-c', script])).toMatchObject({ stdout: '0\n', stderr: '' })
    expect(isHalted()).toBe(false)
    expect(calls('ssh')).toHaveLength(2)
  })
  it('B19 with a broken peers.toml is exit 1 after the local part', async () => {
    setHalt()
    writePeers('[peers')
    const { exitCode, stdout, stderr } = await resume('--tailnet')
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: CLEARED })
    expect(stderr).toMatch(/^cannot parse peers\.toml: .+\n/)
    expect(isHalted()).toBe(false)
  })
  it('B13 does not call a malformed peer, and is exit 1', async () => {
    writePeers('[peers.bad]\nhost = "-oProxyCommand=sh"\n')
    expect(await resume('--tailnet')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('peers.bad.host'),
    })
    expect(calls('ssh')).toEqual([])
  })
})

it('knows no arguments', async () => {
  setHalt()
  expect(await resume('now')).toMatchObject({ exitCode: 2, stdout: '' })
  expect(isHalted()).toBe(true)
})
