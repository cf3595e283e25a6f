import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { examineHome, type Finding } from '../support/doctor'
import type { Home } from '../support/home'
import { itLong, sample } from '../support/long'
import { Fleet } from '../support/machines'
import { until } from '../support/until'

const CONFIG = '.config/cross-agent-comms'

let fleet: Fleet
let home: Home
let ssh: Buffer
beforeAll(async () => {
  fleet = new Fleet(['velox', 'mill'], 160).start()
  home = fleet.home
  ssh = readFileSync(join(home.programs, 'ssh'))
  await home.makeKey()
})
afterAll(() => fleet.remove())

const velox = () => fleet.machine('velox').home
beforeEach(() => mkdirSync(velox().inbox('bob'), { recursive: true }))
afterEach(() => {
  home.write('programs/ssh', ssh, 0o755)
  for (const part of [CONFIG, 'projects', 'programs'])
    rmSync(join(velox().path, part), { recursive: true, force: true })
  mkdirSync(join(velox().path, 'projects'))
})

const examine = () => examineHome(home)
const bad = (checks: readonly Finding[]) => checks.filter(({ state }) => state === 'bad')
const peer = (checks: readonly Finding[], name = 'velox') =>
  checks.filter((check) => check.name === `peer ${name}`)

describe('C6 status --doctor asks the peers', () => {
  it('C6 finds nothing wrong with healthy ones', async () => {
    velox().stub('cross-agent-status', 'echo "cross-agent-status 1.2.3"')
    const checks = await examine()
    expect(bad(checks)).toEqual([])
    expect(peer(checks)).toEqual([
      expect.objectContaining({
        state: 'ok',
        said: expect.stringMatching(/^reachable, rsync \d[\d.]*, 1 inbox, version 1\.2\.3$/),
      }),
    ])
    expect(peer(checks, 'mill')[0]?.said).toMatch(/, 0 inboxes, these commands not on its PATH$/)
  })

  it.each<[string, () => void, RegExp, RegExp]>(
    sample(
      [
        [
          'it is halted',
          () => void velox().write(`${CONFIG}/HALT`, 'x'),
          /^halted there$/,
          /ssh \S*velox .*HALT/,
        ],
        [
          'its clock is off',
          () => velox().stub('date', 'echo 1000000000'),
          /^its clock is \d+ s off ours$/,
          /ssh \S*velox date/,
        ],
        [
          'it has no rsync',
          () => velox().stub('rsync', 'exit 127'),
          /^rsync is not there/,
          /ssh \S*velox rsync --version/,
        ],
        [
          'an inbox cannot be written to',
          () => void velox().write('projects/ada/inbox/from-agents', 'a file'),
          /^1 inbox that cannot be written to: .*ada\/inbox\/from-agents$/,
          /ls -ld/,
        ],
      ],
      1,
    ),
  )('C6 names it, and only it: %s', async (_, breakIt, said, remedy) => {
    breakIt()
    expect(bad(await examine())).toEqual([
      {
        name: 'peer velox',
        state: 'bad',
        said: expect.stringMatching(said),
        remedy: { words: expect.any(String), command: expect.stringMatching(remedy) },
      },
    ])
  })

  it('C6 names one that is down, and asks the others', async () => {
    fleet.machine('velox').stop()
    try {
      const checks = await examine()
      expect(bad(checks)).toEqual([
        expect.objectContaining({ name: 'peer velox', said: expect.stringMatching(/^cannot be reached: /) }),
      ])
      expect(bad(checks)[0]?.remedy?.command).toMatch(/^ssh -o BatchMode=yes \S*velox true$/)
      expect(peer(checks, 'mill')[0]?.state).toBe('ok')
    } finally {
      fleet.machine('velox').start()
    }
  })

  itLong('C6 does not wait for what its commands do there, and leaves none behind', async () => {
    velox().stub('cross-agent-status', 'echo $$ > "$HOME/hanging"; exec sleep 600')
    const checks = await examine()
    expect(bad(checks)).toEqual([])
    expect(peer(checks)[0]?.said).toContain('1 inbox, these commands not on its PATH')
    const process = readFileSync(join(velox().path, 'hanging'), 'utf8').trim()
    await until(() => !existsSync(`/proc/${process}`), 'the end of what hung')
  })

  it('C6 B44 takes nothing on trust that a peer says', async () => {
    const lies = '✓ brake: fine\\n\\033[2J\\342\\200\\256'
    velox().stub('rsync', `printf 'rsync version 9.9.9${lies}'`)
    velox().stub('cross-agent-status', `printf 'cross-agent-status ${lies}'`)
    velox().stub('date', `printf '1; rm -rf /${lies}'`)
    mkdirSync(join(velox().path, 'projects/x\n✓ forged\x1b[2J'), { recursive: true })
    const { stdout } = await home.run('status', ['--doctor'])
    expect(stdout).toMatch(/^✓ peer velox: reachable, rsync 9\.9\.9/m)
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]|^✓ forged|^✓ brake: fine/m)
  })

  it('C6 B34 a shell that ends without answering is no healthy peer', async () => {
    home.stub('ssh', '[ "$1" = -V ] && exit 0; exit 0')
    expect(bad(await examine()).map(({ name, said }) => [name, said])).toEqual([
      ['peer velox', expect.stringMatching(/^its shell did not answer/)],
      ['peer mill', expect.stringMatching(/^its shell did not answer/)],
    ])
  })

  itLong('C6 a peer that allows rsync only is no fault', async () => {
    home.stub(
      'ssh',
      '[ "$1" = -V ] && exit 0; echo "rrsync error: SSH_ORIGINAL_COMMAND does not run rsync" >&2; exit 1',
    )
    const checks = await examine()
    expect(bad(checks)).toEqual([])
    expect(peer(checks)[0]).toMatchObject({ state: 'unknown', said: expect.stringContaining('allows rsync') })
  })

  it('B63 a shell that speaks before the command is no healthy peer: rsync would give up', async () => {
    velox().write('.bashrc', 'echo Welcome to velox\n')
    const found = bad(await examine())
    rmSync(join(velox().path, '.bashrc'))
    expect(found).toEqual([
      {
        name: 'peer velox',
        state: 'bad',
        said: expect.stringMatching(/^its shell prints text before the command, .*: Welcome to velox$/),
        remedy: { words: expect.any(String), command: expect.stringMatching(/^ssh \S*velox true$/) },
      },
    ])
  })
})
