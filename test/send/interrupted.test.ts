import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Outcome, outcomeOf } from '../support/home'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedFleet } from '../support/own-home'
import { until } from '../support/until'

const fleet = sharedFleet(['velox'], 198)
const { home } = fleet
const velox = fleet.machine('velox')
const inbox = velox.home.inbox('bob')
const state = join(home.path, '.local/state/cross-agent-comms')
const outbox = join(state, 'outbox')
const halt = join(home.path, '.config/cross-agent-comms/HALT')
const temp = join(home.path, 't')
const hangs = join(temp, 'hangs')
const options = { env: { TMPDIR: temp }, cwd: '/tmp' }
const realSsh = `exec /usr/bin/ssh -F "${join(home.path, 'ssh_config')}" "$@"`

beforeAll(() => home.makeKey())
beforeEach(() => {
  mkdirSync(inbox, { recursive: true })
  mkdirSync(temp)
})
afterEach(() => {
  home.stub('ssh', realSsh)
  rmSync(join(home.programs, 'gpg'), { force: true })
  for (const path of [join(velox.home.path, 'projects'), state, halt, temp])
    rmSync(path, { recursive: true, force: true })
})

const names = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : [])
const retry = () => home.run('send', ['--retry-failed'], options)

/** A send of which a test may await a state, and then end it. */
function start() {
  const child = home.start('send', ['velox.bob', '-m', 'Three sacks.'], { ...options, detached: true })
  let said = ''
  child.stderr?.on('data', (text) => {
    said += text
  })
  return { child, ended: outcomeOf(child), said: () => said }
}
type Running = ReturnType<typeof start>

/** What a machine that is down does to ssh: `on` is a line of shell for a connection. */
function stubSsh(on: string): void {
  home.stub('ssh', `case "$*" in -G*) ${realSsh} ;; esac; ${on}`)
}
const HANG = `: > "${hangs}"; exec sleep 600`
const REFUSE = 'echo "ssh: connect to host velox port 22: Connection refused" >&2; exit 255'

/** Where a send is ended: how to make it get there, and what shows that it is there. */
const points: Record<string, { prepare(): void; isThere(running: Running): boolean }> = {
  'while the first connection hangs': { prepare: () => stubSsh(HANG), isThere: () => existsSync(hangs) },
  'between two tries': {
    prepare: () => stubSsh(REFUSE),
    isThere: ({ said }) => said().includes('retrying in 5s'),
  },
  'while the second connection hangs': {
    prepare: () => stubSsh(`mkdir "${temp}/first" 2>/dev/null || { ${HANG}; }; ${REFUSE}`),
    isThere: () => existsSync(hangs),
  },
  'in the second wait': {
    prepare: () => stubSsh(REFUSE),
    isThere: ({ said }) => said().includes('retrying in 30s'),
  },
}

function end({ child }: Running, signal: NodeJS.Signals, isGroup: boolean): void {
  if (isGroup) process.kill(-(child.pid ?? 0), signal)
  else child.kill(signal)
}

/** It is in the outbox, and arrives exactly once. */
async function expectKeptAndDeliveredOnce(): Promise<void> {
  home.stub('ssh', realSsh)
  expect(names(inbox)).toEqual([])
  expect(JSON.parse((await home.run('status', ['--json'])).stdout).outbox_count).toBe(1)
  const again = await retry()
  expect(again, again.stderr).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^sent: .*\n$/) })
  const [message = '', signature = '', ...others] = names(inbox).map((name) => join(inbox, name))
  expect(others).toEqual([])
  expect(readFileSync(message, 'utf8')).toMatch(/\n\nThree sacks\.\n$/)
  expect(await home.exec('gpg', ['--verify', signature, message])).toMatchObject({ exitCode: 0 })
  expect(await retry()).toMatchObject({ exitCode: 0, stdout: '', stderr: 'nothing is kept\n' })
  expect(names(inbox)).toHaveLength(2)
}

describe('B53 a send to a machine that is down is ended', () => {
  // A tool that takes too long gets one or the other, alone or with all that it has started.
  const ends = (['SIGTERM', 'SIGKILL'] as const).flatMap((signal) =>
    [true, false].map((isGroup) => ({ signal, isGroup })),
  )
  const all = Object.keys(points).flatMap((point) => ends.map((how) => ({ point, ...how })))
  const [first, second, ...others] = [
    { point: 'while the first connection hangs', signal: 'SIGTERM', isGroup: true } as const,
    { point: 'between two tries', signal: 'SIGKILL', isGroup: false } as const,
    ...all,
  ]
  it.each(sample([first, second, ...others], 1))(
    'B53 by $signal $point, with its programs: $isGroup: kept, and delivered once',
    async ({ point, signal, isGroup }) => {
      points[point]?.prepare()
      const running = start()
      await until(() => points[point]?.isThere(running) === true, point)
      end(running, signal, isGroup)
      const { stdout, stderr, ...ended } = await running.ended
      expect({ ...ended, stdout }).toEqual({ exitCode: null, signal, stdout: '' })
      if (signal === 'SIGTERM') expect(stderr).toMatch(/^message kept: .*--retry-failed velox\.bob$/m)
      await expectKeptAndDeliveredOnce()
      if (running.child.pid !== undefined && !isGroup) killGroup(running.child.pid)
    },
  )

  itLong('B53 some time after it was kept: 1, 5 and 40 s', async () => {
    for (const seconds of [1, 5, 40]) {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        velox.stop()
        const running = start()
        await until(() => names(outbox).length > 0, 'it is kept')
        await sleep(seconds * 1000)
        end(running, signal, true)
        expect(await running.ended).toMatchObject({ exitCode: null, signal, stdout: '' })
        velox.start()
        await expectKeptAndDeliveredOnce()
        rmSync(inbox, { recursive: true })
        mkdirSync(inbox)
      }
    }
  })

  it('B53 while it is signed: neither sent nor kept, and no word of either', async () => {
    home.stub('gpg', `: > "${hangs}"; exec sleep 600`)
    const running = start()
    await until(() => existsSync(hangs), 'gpg has begun')
    end(running, 'SIGTERM', true)
    expect(await running.ended).toMatchObject({ exitCode: null, signal: 'SIGTERM', stdout: '' })
    expect(fateIn(await running.ended)).toBe('neither')
    expect(names(outbox)).toEqual([])
    expect(names(temp)).toEqual(['hangs'])
  })
})

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}

/** What became of a message, as an agent reads it: from the exit code and the first word of each line. */
function fateIn({ exitCode, stdout, stderr }: Pick<Outcome, 'exitCode' | 'stdout' | 'stderr'>): string {
  const words = `${stdout}${stderr}`.split('\n').map((line) => line.split(' ')[0])
  if (exitCode === 0) return words.includes('sent:') ? 'sent' : 'neither'
  return words.includes('message') ? 'kept' : 'neither'
}

describe('B53 C2 with --retries 0, exit code and first word tell what became of it', () => {
  const odd = () => home.write('odd.org', messageText({ SEQUENCE: 'x' }))
  const rows: [string, string, number, () => void, () => string[]][] = [
    ['the machine is up', 'sent', 0, () => {}, () => ['velox.bob', '-m', 'x']],
    ['it is down', 'kept', 3, () => stubSsh(REFUSE), () => ['velox.bob', '-m', 'x']],
    [
      'it is down, and the outbox cannot be written',
      'neither',
      3,
      () => {
        stubSsh(REFUSE)
        home.write('.local/state/cross-agent-comms/outbox', 'a file')
      },
      () => ['velox.bob', home.write('m.org', messageText())],
    ],
    ['it has no such project', 'kept', 3, () => {}, () => ['velox.nobody', '-m', 'x']],
    ['no such machine', 'neither', 2, () => {}, () => ['vlox.bob', '-m', 'x']],
    ['a bad header', 'neither', 4, () => {}, () => ['velox.bob', odd()]],
    ['no gpg', 'neither', 1, () => home.stub('gpg', 'exit 2'), () => ['velox.bob', '-m', 'x']],
    ['HALT', 'neither', 5, () => writeFileSync(halt, 'message kept\n'), () => ['velox.bob', '-m', 'x']],
  ]
  it.each(sample(rows, 4))('B53 %s: %s', async (_, fate, exitCode, prepare, args) => {
    prepare()
    const sent = await home.run('send', [...args(), '--retries', '0'], options)
    expect({ exitCode: sent.exitCode, fate: fateIn(sent) }, sent.stderr).toEqual({ exitCode, fate })
    expect(names(inbox).filter((name) => name.endsWith('.org'))).toHaveLength(fate === 'sent' ? 1 : 0)
    const kept = existsSync(outbox) && fate !== 'neither' ? names(outbox) : []
    expect(kept).toHaveLength(fate === 'kept' ? 1 : 0)
  })
})
