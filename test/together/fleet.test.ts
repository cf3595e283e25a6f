import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { isLong, itLong, sample } from '../support/long'
import { sharedFleet } from '../support/own-home'

const HALT = '.config/cross-agent-comms/HALT'
const WATCHER_LOG = 'systemctl.log'

const fleet = sharedFleet(['elm', 'oak'], 21)
const { home } = fleet
const elm = fleet.machine('elm').home
const oak = fleet.machine('oak').home

beforeEach(() => {
  for (const machine of [home, elm, oak]) {
    for (const folder of ['.config', '.cache', 'projects', WATCHER_LOG]) {
      rmSync(join(machine.path, folder), { recursive: true, force: true })
    }
    machine.stub('systemctl', `echo "$@" >> '${join(machine.path, WATCHER_LOG)}'`)
  }
})

/** ash is switched off: nothing listens at its address. */
const knowPeers = (...names: string[]) => {
  const peers = names.map((name) => `[peers.${name}]\n${name === 'ash' ? 'host = "127.0.21.99"\n' : ''}`)
  home.write('.config/cross-agent-comms/peers.toml', peers.join(''))
}
const read = (machine: { path: string }, path: string) => readFileSync(join(machine.path, path), 'utf8')

describe('halt --tailnet on real machines', () => {
  it('A8 writes HALT on every peer and stops its watcher', async () => {
    knowPeers('oak', 'elm')
    const done = await home.run('halt', ['--tailnet', 'system', 'update'])
    expect(done).toEqual({
      exitCode: 0,
      signal: null,
      stdout: `Halting locally       ✓ (HALT file written)

Halting elm                          ✓ (HALT file written)
Halting oak                          ✓ (HALT file written)

Halt active across 3 machine(s).
`,
      stderr: '',
    })
    for (const machine of [elm, oak]) {
      expect(read(machine, HALT)).toBe('system update')
      expect(read(machine, WATCHER_LOG)).toBe(
        '--user stop cross-agent-watch.path cross-agent-watch.service\n',
      )
    }
  })
  it('A7 leaves the watchers alone if told so', async () => {
    knowPeers('elm')
    expect(await home.run('halt', ['--tailnet', '--no-stop-watcher'])).toMatchObject({ exitCode: 0 })
    expect(read(elm, HALT)).toBe('')
    expect(existsSync(join(elm.path, WATCHER_LOG))).toBe(false)
    expect(existsSync(join(home.path, WATCHER_LOG))).toBe(false)
  })
  it.each(
    sample(
      [
        ['fails', 'echo broken; echo broken >&2; exit 1'],
        ['does not end', 'sleep 30'],
      ],
      1,
    ),
  )('A8 the HALT file decides, also where the systemctl of a peer %s', async (_, script) => {
    knowPeers('elm')
    elm.stub('systemctl', script)
    expect(await home.run('halt', ['--tailnet'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('\nHalting elm                          ✓ (HALT file written)\n'),
      stderr: '',
    })
    expect(read(elm, HALT)).toBe('')
  })
  it
    .runIf(isLong)
    .each([
      ["it's broken"],
      ['"quoted" \\ `id` $(touch intruder) $HOME ~ * ; exit 7 # %s %d'],
      ['two\nlines\n'],
      ["'"],
      ['grün ⚠'],
    ])('brings the reason %j to a peer as it is', async (reason) => {
    knowPeers('elm')
    expect(await home.run('halt', ['--tailnet', reason])).toMatchObject({ exitCode: 0 })
    expect(read(elm, HALT)).toBe(reason)
    expect(existsSync(join(elm.path, 'intruder'))).toBe(false)
  })
  itLong('names the peers that are still running', async () => {
    knowPeers('ash', 'elm', 'oak')
    mkdirSync(join(oak.path, HALT), { recursive: true })
    const { exitCode, stdout } = await home.run('halt', ['--tailnet'])
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /^Halting 127\.0\.21\.99 {18}✗ \(ssh: connect to host 127\.0\.21\.99 port 22: Connection refused\)$/m,
    )
    expect(stdout).toContain('\nHalting elm                          ✓ (HALT file written)\n')
    expect(stdout).toMatch(/^Halting oak {26}✗ \(.*HALT: Is a directory\)$/m)
    expect(stdout).toMatch(
      /^\nPARTIAL HALT: 2\/4 machines halted\.\n {2}- ash \(127\.0\.21\.99\): ssh: .*\n {2}- oak \(oak\): .*\nResolve/m,
    )
    expect(existsSync(join(oak.path, WATCHER_LOG))).toBe(false)
  })
})

describe('resume --tailnet on real machines', () => {
  it('A8 clears HALT on every peer and starts its watcher', async () => {
    knowPeers('elm', 'oak')
    await home.run('halt', ['--tailnet'])
    rmSync(join(oak.path, HALT))
    const { exitCode, stdout, stderr } = await home.run('resume', ['--tailnet'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain(`Resuming locally      ✓ (HALT cleared)

Resuming elm                         ✓ (HALT cleared)
Resuming oak                         ✓ (HALT cleared)

Resume complete across 3 machine(s).

Halt cleared. Watcher restarted.
`)
    for (const machine of [elm, oak]) {
      expect(existsSync(join(machine.path, HALT))).toBe(false)
      expect(read(machine, WATCHER_LOG)).toMatch(/\n--user start cross-agent-watch.path\n$/)
    }
  })
  itLong('names the peers that are still halted', async () => {
    knowPeers('ash', 'elm')
    mkdirSync(join(elm.path, HALT), { recursive: true })
    const { exitCode, stdout } = await home.run('resume', ['--tailnet'])
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /^PARTIAL RESUME: 1\/3 machines cleared\.\n {2}- ash \(127\.0\.21\.99\): .*\n {2}- elm \(elm\): .*Is a directory\nResolve/m,
    )
    expect(existsSync(join(elm.path, WATCHER_LOG))).toBe(false)
  })
})

describe('discover on real machines', () => {
  it('says which peers answer, and lists their projects', async () => {
    knowPeers('ash', 'elm', 'oak')
    for (const project of ['career', 'home lab']) {
      mkdirSync(join(elm.path, 'projects', project, '.ai'), { recursive: true })
    }
    mkdirSync(join(elm.path, 'projects/plain'))
    const { exitCode, stdout, stderr } = await home.run('discover', ['--enumerate-remote'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toBe(`Local (${home.machine}):
  (no projects with .ai/ found)

Peers (from ~/.config/cross-agent-comms/peers.toml):
  ash              127.0.21.99               ✗ UNREACHABLE (ssh: connect to host 127.0.21.99 port 22: Connection refused)
  elm              elm                       ✓ reachable
    projects: career, home lab
  oak              oak                       ✓ reachable
`)
  })
  itLong('reports a refused key', async () => {
    home.write('.config/cross-agent-comms/peers.toml', '[peers.elm]\nssh_user = "nobody-at-all"\n')
    expect((await home.run('discover', [])).stdout).toEqual(
      expect.stringMatching(/ ✗ UNREACHABLE \(nobody-at-all@\S+: Permission denied \(publickey\)\.\)\n$/),
    )
  })
})
