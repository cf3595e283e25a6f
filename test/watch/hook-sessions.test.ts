import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type KnownSession, type ProjectRecord, parseRecord } from '@cac/core/agents/project-record'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { AgentHost, waitersOf } from '../support/agent-host'
import { examineHome } from '../support/doctor'
import { Home, type Outcome } from '../support/home'
import { isLong, itLong, LONGER, sample } from '../support/long'
import { until } from '../support/until'

const home = new Home()
const bakery = join(home.path, 'projects/bakery')
const inbox = home.inbox('bakery')
const state = join(home.path, '.local/state/cross-agent-comms')
const peersFile = '.config/cross-agent-comms/peers.toml'
let hosts: AgentHost[] = []

beforeAll(async () => {
  mkdirSync(join(home.path, 'projects/mill'), { recursive: true })
  await home.makeKey()
})
afterAll(() => home.remove())
beforeEach(() => {
  mkdirSync(inbox, { recursive: true })
  setClock(0)
})
afterEach(async () => {
  for (const host of hosts) host.kill()
  hosts = []
  await until(() => waitersOf(home).length === 0, 'all waiters end')
  for (const path of [inbox, state, join(home.path, '.config')])
    rmSync(path, { recursive: true, force: true })
})

/** Moves the clock of all hooks, of waiters too, to so many milliseconds after the true time. */
function setClock(offBy: number): void {
  home.write('off-by', String(offBy))
}
const clock = {
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, '../support/clock.mjs'))}`,
  CLOCK_OFF_BY: join(home.path, 'off-by'),
}
const MINUTE = 60_000
const HOUR = 60 * MINUTE

function host(agent: string, ...words: string[]): AgentHost {
  const made = new AgentHost(home, agent, words)
  hosts.push(made)
  return made
}

/** Sends a signed message from mill to bakery; returns its path. */
async function send(text: string, ...options: string[]): Promise<string> {
  const cwd = join(home.path, 'projects/mill')
  const { stdout, stderr } = await home.run('send', ['bakery', '-m', text, ...options], { cwd })
  if (!stdout.startsWith('sent: ')) throw new Error(stderr)
  return stdout.replace(/^sent: (.*)\n$/s, '$1')
}

const event = (hook_event_name: string, session_id: string, rest: object = {}) => ({
  session_id,
  cwd: bakery,
  hook_event_name,
  ...rest,
})

/** What a hook of Claude Code or Codex told, and how. */
function told({ exitCode, stdout, stderr }: Outcome): string {
  if (exitCode === 2) return `woken: ${stderr}`
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  if (stdout === '') return ''
  const { decision, reason, hookSpecificOutput } = JSON.parse(stdout)
  return decision === undefined ? hookSpecificOutput.additionalContext : `goes on: ${reason}`
}

/** What the sessions of bakery share. */
function record(): ProjectRecord {
  const folder = join(state, 'sessions')
  const [name = ''] = existsSync(folder)
    ? readdirSync(folder).filter((one) => one.startsWith('project-'))
    : []
  const file = join(folder, name, 'record.json')
  return name !== '' && existsSync(file)
    ? parseRecord(readFileSync(file, 'utf8'))
    : { sessions: [], tellings: [], wakes: [], heldBack: [] }
}
const session = (id: string): KnownSession | undefined => record().sessions.find((one) => one.id === id)

/** Ends a turn of a session and starts its waiter, which is registered when this returns. */
async function idle(agent: AgentHost, id: string): Promise<{ ended: Promise<Outcome> }> {
  expect(told(await agent.hook(event('Stop', id), { env: clock }))).toBe('')
  const ended = agent.wait(event('Stop', id), { env: clock })
  await until(() => (session(id)?.waiter ?? '') !== '', 'the waiter is registered')
  return { ended }
}

describe('C23 one session is told', () => {
  it('the one that was active last is woken, another one after a minute in which nobody took it', async () => {
    const [first, second] = [host('claude'), host('claude')]
    const older = await idle(first, 'older')
    const newer = await idle(second, 'newer')
    await send('Three sacks.')
    expect(told(await newer.ended)).toMatch(
      /^woken: 1 message waits for bakery.*cross-agent-recv --next --take/,
    )
    expect(record().tellings).toHaveLength(1)
    setClock(MINUTE + 1000)
    expect(told(await older.ended)).toMatch(/^woken: 1 message waits for bakery/)
  })

  itLong('nobody else is told of what is taken, nor of more in that conversation', async () => {
    const [first, second] = [host('claude'), host('claude')]
    await send('One.', '--conversation', 'talk')
    expect(told(await first.hook(event('SessionStart', 'one', { source: 'startup' })))).toContain(
      '1 message waits',
    )
    const env = { CROSS_AGENT_SESSION: 'one' }
    const taken = await home.run('recv', ['--next', '--take'], { cwd: bakery, env })
    expect(taken.exitCode).toBe(0)
    await send('Two.', '--conversation', 'talk')
    expect(told(await second.hook(event('SessionStart', 'two', { source: 'startup' })))).toBe('')
    setClock(10 * MINUTE)
    expect(told(await second.hook(event('UserPromptSubmit', 'two'), { env: clock }))).toBe('')
    expect(told(await second.hook(event('Stop', 'two'), { env: clock }))).toBe('')
    expect(told(await first.hook(event('Stop', 'one'), { env: clock }))).toContain('goes on: 1 message waits')
  })

  itLong(
    'no session is told twice: at its start, with prompts, at the end of turns, after /clear',
    async () => {
      const claude = host('claude')
      await send('Three sacks.')
      expect(told(await claude.hook(event('SessionStart', 'a', { source: 'startup' })))).toContain(
        '1 message waits',
      )
      for (const later of [
        event('UserPromptSubmit', 'a'),
        event('Stop', 'a'),
        event('SessionStart', 'b', { source: 'clear' }),
        event('UserPromptSubmit', 'b'),
        event('SessionStart', 'b', { source: 'compact' }),
        event('Stop', 'b'),
      ])
        expect(told(await claude.hook(later))).toBe('')
      expect(record().sessions.map(({ id }) => id)).toEqual(['b'])
    },
  )

  itLong(
    'of Gemini, whose user broke the turn off, is told with the next prompt: it drops a reason to go on',
    async () => {
      const gemini = host('gemini')
      const broken = { prompt_response: '[no response text]' }
      await send('Three sacks.')
      expect(told(await gemini.hook(event('AfterAgent', 'a', broken)))).toBe('')
      expect(told(await gemini.hook(event('BeforeAgent', 'a')))).toContain('1 message waits')
      await send('Two sacks.')
      const answered = event('AfterAgent', 'a', { prompt_response: 'Done.' })
      expect(told(await gemini.hook(answered))).toContain('goes on: 1 message waits')
      // After Esc, it calls the hook for the turn that it did not begin, with the answer from before.
      const goesOn = { stop_hook_active: true }
      expect(told(await gemini.hook(event('AfterAgent', 'a', { prompt_response: 'Done.', ...goesOn })))).toBe(
        '',
      )
      expect(told(await gemini.hook(event('BeforeAgent', 'a')))).toContain('1 message waits')
      expect(
        told(await gemini.hook(event('AfterAgent', 'a', { prompt_response: 'Done. Yes.', ...goesOn }))),
      ).toBe('')
      expect(told(await gemini.hook(event('BeforeAgent', 'a')))).toBe('')
    },
  )

  itLong('a session that ended without taking it leaves it to the next one', async () => {
    const first = host('claude')
    await send('Three sacks.')
    expect(told(await first.hook(event('SessionStart', 'a')))).toContain('1 message waits')
    const second = host('codex')
    expect(told(await second.hook(event('SessionStart', 'b')))).toBe('')
    first.kill()
    await until(() => !existsSync(`/proc/${first.pid}`), 'the first agent is gone')
    expect(told(await second.hook(event('UserPromptSubmit', 'b')))).toContain('1 message waits')
  })

  itLong('of eight that wait in one process, one is woken', async () => {
    const opencode = host('opencode')
    const waiters: Promise<Outcome>[] = []
    for (let number = 0; number < 8; number++) {
      waiters.push(opencode.wait(event('session.idle', `s${number}`)))
      await until(() => record().sessions.length === number + 1, 'the waiter is registered')
    }
    await send('Three sacks.')
    const { stdout } = await Promise.race(waiters)
    expect(stdout).toContain('1 message waits for bakery')
    expect(record().tellings).toHaveLength(1)
    expect(record().wakes).toHaveLength(1)
  })

  it('the record is private', async () => {
    const claude = host('claude')
    await claude.hook(event('SessionStart', 'a'))
    const [folder = ''] = readdirSync(join(state, 'sessions'))
    expect(statSync(join(state, 'sessions', folder)).mode & 0o777).toBe(0o700)
    expect(statSync(join(state, 'sessions', folder, 'record.json')).mode & 0o777).toBe(0o600)
  })
})

describe('C24 no runaway', () => {
  const loop = (text: string) => send(text, '--conversation', 'loop')
  const stop = (agent: AgentHost) => agent.hook(event('Stop', 'a'), { env: clock })

  it('progress and release wake nobody, and are told with the next prompt', async () => {
    const claude = host('claude')
    const waiter = await idle(claude, 'a')
    await send('Half done.', '--type', 'progress', '--conversation', 'other')
    await send('Three sacks.')
    expect(told(await waiter.ended)).toMatch(/^woken: 1 message waits/)
    expect(told(await stop(claude))).toBe('')
    expect(told(await claude.hook(event('UserPromptSubmit', 'a')))).toMatch(/^1 message waits/)
  })

  it('beyond the limit mail waits; a person is told once; it wakes when the hour allows it', async () => {
    home.write(peersFile, '[limits]\nwakes_per_conversation = 2\n')
    home.stub('notify', 'printf "%s\\n" "$3" >> "$HOME/notified"')
    home.write('.local/state/cross-agent-comms/watch.log', '')
    const claude = host('claude')
    for (const text of ['One.', 'Two.']) {
      await loop(text)
      expect(told(await stop(claude))).toContain('goes on: 1 message waits')
    }
    expect((await home.run('status', [])).stdout).not.toContain('held back')
    for (const text of ['Three.', 'Four.']) {
      await loop(text)
      expect(told(await stop(claude))).toBe('')
    }
    expect(readFileSync(join(home.path, 'notified'), 'utf8')).toBe('wakes held back in bakery: loop\n')
    expect(readFileSync(join(state, 'watch.log'), 'utf8')).toMatch(/^\S+Z\tbakery\twakes held back: loop\n$/)
    const { stdout } = await home.run('status', [])
    expect(stdout).toMatch(/\nwakes held back in bakery: loop\n$/)
    expect(JSON.parse((await home.run('status', ['--json'])).stdout).wakes_held_back).toMatchObject([
      { project: 'bakery', conversation: 'loop' },
    ])
    expect((await examineHome(home)).find(({ name }) => name === 'wakes')?.said).toContain(
      'held back in bakery: loop',
    )
    // Another conversation is free.
    await send('Flour.', '--conversation', 'flour')
    expect(told(await stop(claude))).toContain('goes on: 1 message waits')
    const waiter = await idle(claude, 'a')
    setClock(HOUR + 1000)
    expect(told(await waiter.ended)).toMatch(/^woken: 2 messages wait/)
    expect(readFileSync(join(home.path, 'notified'), 'utf8').split('\n')).toHaveLength(2)
  })

  itLong('all sessions and conversations of a project share one limit; 0 is never', async () => {
    home.write(peersFile, '[limits]\nwakes_per_project = 1\n')
    const [claude, codex] = [host('claude'), host('codex')]
    await send('One.', '--conversation', 'one')
    expect(told(await stop(claude))).toContain('goes on')
    await send('Two.', '--conversation', 'two')
    expect(told(await codex.hook(event('Stop', 'b'), { env: clock }))).toBe('')
    home.write(peersFile, '[limits]\nwakes_per_conversation = 0\n')
    setClock(2 * HOUR)
    expect(told(await stop(claude))).toBe('')
    expect(told(await claude.hook(event('UserPromptSubmit', 'a'), { env: clock }))).toContain(
      '1 message waits',
    )
  })

  itLong(
    'malformed limits, or a count that cannot be kept, wake nobody, and the doctor says so',
    async () => {
      const claude = host('claude')
      await send('One.')
      const wakes = async () => (await examineHome(home)).find(({ name }) => name === 'wakes')
      for (const line of ['wakes_per_project = "6"', 'wakes_per_project = -1', 'wakes = 3']) {
        home.write(peersFile, `[limits]\n${line}\n`)
        const { exitCode, stdout, stderr } = await stop(claude)
        expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' })
        expect(stderr).toMatch(/^cross-agent-watch: .*limits\.wakes[^\n]*\n$/)
      }
      expect(await wakes()).toMatchObject({
        state: 'bad',
        said: expect.stringContaining('no session is woken'),
      })
      rmSync(join(home.path, peersFile))
      expect(await wakes()).toMatchObject({ state: 'ok' })
      const [folder = ''] = readdirSync(join(state, 'sessions'))
      writeFileSync(join(state, 'sessions', folder, 'record.json'), '{')
      expect((await stop(claude)).stdout).toBe('')
      expect(await wakes()).toMatchObject({
        state: 'bad',
        said: expect.stringContaining('cannot be counted'),
      })
      // Nothing is hidden from a new session.
      const { stdout } = await claude.hook(event('SessionStart', 'b'))
      expect(stdout).toContain('1 message waits')
    },
  )

  it.runIf(isLong).each([
    { agent: 'claude', words: ['-p', 'bake'], env: {}, prompt: 'UserPromptSubmit', end: 'Stop' },
    {
      agent: 'claude',
      words: [],
      env: { CLAUDE_CODE_ENTRYPOINT: 'sdk-cli' },
      prompt: 'UserPromptSubmit',
      end: 'Stop',
    },
    { agent: 'codex', words: ['exec', 'bake'], env: {}, prompt: 'UserPromptSubmit', end: 'Stop' },
    { agent: 'gemini', words: ['--prompt', 'bake'], env: {}, prompt: 'BeforeAgent', end: 'AfterAgent' },
  ])(
    'a run of one prompt of $agent $words is told at its start only',
    async ({ agent, words, env, prompt, end }) => {
      const run = host(agent, ...words)
      await send('One.')
      expect(told(await run.hook(event('SessionStart', 'a'), { env }))).toContain('1 message waits')
      await send('Two.')
      for (const name of [prompt, end]) expect(told(await run.hook(event(name, 'a'), { env }))).toBe('')
      expect(told(await run.wait(event(end, 'a'), { env }))).toBe('')
      expect(waitersOf(home)).toEqual([])
      // It counts for nothing: a session that stays is told at once.
      expect(told(await host('claude').hook(event('SessionStart', 'b')))).toContain('2 messages wait')
    },
  )
})

describe('B77 a waiter', () => {
  it('is armed at the start: a session that was never prompted is woken', async () => {
    const claude = host('claude')
    await send('Before.')
    const start = event('SessionStart', 'a', { source: 'startup' })
    const waiter = claude.wait(start)
    expect(told(await claude.hook(start))).toContain('1 message waits')
    await until(() => (session('a')?.waiter ?? '') !== '', 'the waiter is registered')
    await send('After.')
    expect(told(await waiter)).toMatch(/^woken: 1 message waits/)
  })

  it('ends with its session, also if that was killed and a shell is between', async () => {
    const claude = host('claude')
    void claude.wait(event('Stop', 'a'))
    await until(() => (session('a')?.waiter ?? '') !== '', 'the waiter is registered')
    claude.kill()
    await until(() => waitersOf(home).length === 0, 'the waiter ends')
  })

  it('does not begin where the agent is gone already, and its shell was adopted', async () => {
    const event = home.write(
      'event',
      JSON.stringify({ session_id: 'orphan', cwd: bakery, hook_event_name: 'Stop' }),
    )
    const ended = join(home.path, 'ended')
    const shell =
      'while [ "$(ps -o ppid= -p $$)" -eq "$0" ]; do :; done; "$@" < "$EVENT"; echo "$?" > "$ENDED"'
    const agent = `sh -c '${shell}' $$ "$@" & exit`
    const waiter = [process.execPath, binOf('watch'), '--hook', 'claude', '--once']
    await home.exec('sh', ['-c', agent, 'agent', ...waiter], { env: { EVENT: event, ENDED: ended } })
    await until(() => existsSync(ended) && readFileSync(ended, 'utf8') !== '', 'the end of the waiter')
    expect(readFileSync(ended, 'utf8')).toBe('0\n')
  })

  itLong('of Codex, which nobody started, ends with its session', async () => {
    const codex = host('codex')
    await codex.hook(event('Stop', 'a'))
    await until(() => (session('a')?.waiter ?? '') !== '', 'the waiter is registered')
    codex.kill()
    await until(() => waitersOf(home).length === 0, 'the waiter ends')
  })

  itLong('of Codex wakes nothing in a background server that no program is connected to', async () => {
    home.stub('codex', 'touch "$HOME/queued"')
    const server = host('codex', 'app-server')
    expect(told(await server.hook(event('Stop', 'a')))).toBe('')
    await send('After /quit.')
    await until(() => waitersOf(home).length === 0, 'the waiter ends')
    expect(record().wakes).toEqual([])
    expect(existsSync(join(home.path, 'queued'))).toBe(false)
  })

  itLong('ends when a prompt begins a turn, and tells nothing while the turn runs or after Esc', async () => {
    const claude = host('claude')
    const waiter = await idle(claude, 'a')
    expect(told(await claude.hook(event('UserPromptSubmit', 'a')))).toBe('')
    await send('During the turn.')
    expect(told(await waiter.ended)).toBe('')
    expect(record().tellings).toEqual([])
    expect(told(await claude.hook(event('UserPromptSubmit', 'a')))).toContain('1 message waits')
  })
})

describe('C21 the name of a session', () => {
  const file = join(home.path, 'env-file')
  afterEach(() => rmSync(file, { force: true }))

  it('is written for the shells of Claude Code, added to what is there', async () => {
    writeFileSync(file, 'export A=1\n')
    await host('claude').hook(event('SessionStart', '0f-a.1'), { env: { CLAUDE_ENV_FILE: file } })
    expect(readFileSync(file, 'utf8')).toBe("export A=1\nexport CROSS_AGENT_SESSION='0f-a.1'\n")
  })

  it(
    'is not written through a link, for an odd id, at another moment, or over another name',
    LONGER,
    async () => {
      const claude = host('claude')
      const env = { CLAUDE_ENV_FILE: file }
      const target = home.write('target', '')
      symlinkSync(target, file)
      await claude.hook(event('SessionStart', 'a'), { env })
      expect(readFileSync(target, 'utf8')).toBe('')
      rmSync(file)
      for (const id of sample(["a';touch x", '-n', 'a b', '$(x)'], 1))
        await claude.hook(event('SessionStart', id), { env })
      await claude.hook(event('UserPromptSubmit', 'a'), { env })
      await claude.hook(event('SessionStart', 'a'), { env: { ...env, CROSS_AGENT_SESSION: '17' } })
      expect(existsSync(file)).toBe(false)
    },
  )
})
