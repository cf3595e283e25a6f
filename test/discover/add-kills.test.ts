import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { textIfThere } from '@cac/core/fs/files'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { outcomeOf } from '../support/home'
import { isLong, LONGER, sample } from '../support/long'
import { hasRoot } from '../support/root'
import { Machines, PEERS } from '../support/two-machines'
import { until } from '../support/until'

/** A program of one of the two machines, the words by which a call of it is known, and whether it is done before the kill. */
type Moment = readonly [machine: string, program: string, words: string, when: 'before' | 'after']
const CALLS: readonly (readonly [string, string, string])[] = [
  ['oak', 'git', '*signingkey*'],
  ['oak', 'gpg', '*--detach-sign*'],
  ['oak', 'gpg', '*--armor*--export*'],
  ['oak', 'ssh', '*-G*'],
  ['oak', 'ssh', '*ForwardAgent*'],
  ['velox', 'gpg', '*--detach-sign*'],
  ['velox', 'gpg', '*--export*'],
  ['velox', 'ssh', '*oak*'],
  ['oak', 'gpg', '*--show-keys*'],
  ['oak', 'gpg', '*--import*'],
  ['velox', 'gpg', '*--import*'],
  ['velox', 'mkdir', '*cross-agent-comms*'],
  ['velox', 'cp', '*peers*'],
  ['velox', 'mv', '*peers*'],
]
const MOMENTS: readonly Moment[] = CALLS.flatMap(([machine, program, words]) => {
  const before = [machine, program, words, 'before'] as const
  // The connection ends after all else.
  return words.includes('Forward') ? [before] : [before, [machine, program, words, 'after'] as const]
})
const FEW = MOMENTS.filter(
  ([machine, , words, when]) => machine === 'oak' && words.includes('--import') && when === 'after',
)

describe.runIf(hasRoot)('C30 killed while a machine is added', LONGER, () => {
  const machines = new Machines(['oak', 'velox'], 193)
  let keys: Record<string, string>
  const [oak, velox] = ['oak', 'velox'].map((name) => machines.home(name)) as [
    typeof machines.fleet.home,
    typeof machines.fleet.home,
  ]
  const old = '# mine\n[peers.elm]\nhost = "elm"\n'
  const temp = join(oak.path, 'temp')
  beforeAll(async () => {
    machines.fleet.start()
    keys = await machines.makeKeys()
  })
  afterAll(() => machines.fleet.remove())
  beforeEach(() => {
    machines.reset()
    for (const home of [oak, velox]) home.write(PEERS, old)
    // What was killed may leave a private folder there.
    rmSync(temp, { recursive: true, force: true })
    mkdirSync(temp)
  })
  const LINE = ['--add', 'velox', '--yes']
  /** Starts it so that its process is the one that is ended. */
  const start = () =>
    machines.spawn(
      'oak',
      ['sh', '-c', 'echo $$ > pid; exec "$0" "$@"', process.execPath, binOf('discover'), ...LINE],
      { env: { TMPDIR: temp } },
    )
  const kill = `kill -9 $(cat '${oak.path}/pid')`

  const expectAdded = async () => {
    expect(machines.peers('oak')).toBe(`${old}\n[peers.velox]\nhost = "velox"\nssh_user = "root"\n`)
    expect(machines.peers('velox')).toBe(`${old}\n[peers.oak]\nhost = "oak"\nssh_user = "root"\n`)
    for (const name of ['oak', 'velox'])
      expect((await machines.keys(name)).sort()).toEqual([keys.oak, keys.velox].sort())
    expect(readdirSync(join(velox.path, '.config/cross-agent-comms'))).toEqual(['peers.toml'])
  }

  it.each(isLong ? MOMENTS : FEW)(
    'on %s, at %s %s, %s it: the next run does what is left',
    async (machine, program, words, when) => {
      const { programs, path } = machines.home(machine)
      const own = join(programs, program)
      const former = existsSync(own) ? readFileSync(own, 'utf8') : undefined
      const real = former === undefined ? `/usr/bin/${program}` : join(path, 'former')
      if (former !== undefined) writeFileSync(real, former, { mode: 0o755 })
      const act =
        when === 'before' ? `${kill}; exec '${real}' "$@"` : `'${real}' "$@"; code=$?; ${kill}; exit $code`
      machines
        .home(machine)
        .stub(
          program,
          `case "$*" in\n${words}) [ -e '${path}/struck' ] || { : > '${path}/struck'; ${act}; } ;;\nesac\nexec '${real}' "$@"`,
        )
      const killed = await outcomeOf(start())
      await until(() => existsSync(join(path, 'struck')), 'the call')
      rmSync(join(path, 'struck'))
      rmSync(own)
      if (former !== undefined) writeFileSync(own, former, { mode: 0o755 })
      expect(killed.signal ?? killed.exitCode).not.toBe(0)
      for (const name of ['oak', 'velox'])
        expect(machines.peers(name)).toMatch(
          /^# mine\n\[peers.elm\]\nhost = "elm"\n(?:\n\[peers.\w+\]\nhost = "\w+"\nssh_user = "root"\n)?$/,
        )
      const again = await machines.run('oak', 'discover', LINE)
      expect(again, again.stderr).toMatchObject({ exitCode: 0 })
      await expectAdded()
    },
  )

  it.each(sample(['SIGINT', 'SIGTERM'] as const, 1))(
    'by %s while it is looked for from there: leaves nothing behind',
    async (signal) => {
      const stub = readFileSync(join(velox.programs, 'ssh'), 'utf8')
      velox.stub('ssh', `echo $$ > '${oak.path}/looking'; exec sleep 300`)
      const looking = () => Number(textIfThere(join(oak.path, 'looking')))
      const running = outcomeOf(start())
      await until(() => looking() > 0, 'the look')
      expect(readdirSync(temp)).toHaveLength(1)
      process.kill(Number(readFileSync(join(oak.path, 'pid'), 'utf8')), signal)
      const { stdout } = await running
      writeFileSync(join(velox.programs, 'ssh'), stub)
      process.kill(looking())
      rmSync(join(oak.path, 'looking'))
      expect(stdout).toBe('')
      expect(readdirSync(temp)).toEqual([])
      expect(readdirSync(join(oak.path, '.config/cross-agent-comms'))).toEqual(['peers.toml'])
      expect([machines.peers('oak'), machines.peers('velox')]).toEqual([old, old])
    },
  )
})
