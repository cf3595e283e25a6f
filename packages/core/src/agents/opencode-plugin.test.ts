import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sample } from '../../../../test/support/long'
import { until } from '../../../../test/support/until'
import { paths } from '../fs/paths'
import { AGENTS } from './agents'
import { installHooks } from './install-hooks'
import type plugin from './opencode-plugin.js'

type Plugin = typeof plugin

let folder: string
let stopAll: (() => void)[]

/**
 * Stands in for cross-agent-watch. Records its arguments and prints the content of the file `answers/EVENT`. A waiter
 * waits until `answers/once` exists.
 */
const STAND_IN = `#!/bin/sh
input=$(cat)
printf '%s %s\\n' "$*" "$input" >> "$0.calls"
case "$*" in
  *--once) echo $$ >> "$0.waiters"; while [ ! -e "$0.once" ]; do sleep 0.02; done; cat "$0.once"; rm "$0.once" ;;
  *) case "$input" in
       *session.idle*) [ -e "$0.idle" ] && cat "$0.idle" && rm "$0.idle" ;;
       *chat.message*) [ -e "$0.message" ] && cat "$0.message" && rm "$0.message" ;;
       *session.created*) [ -e "$0.created" ] && cat "$0.created" && rm "$0.created" ;;
     esac ;;
esac
exit 0
`

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opencode-'))
  writeFileSync(command(), STAND_IN)
  chmodSync(command(), 0o755)
  stopAll = []
})
afterEach(() => {
  for (const stop of stopAll) stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A name that breaks in a shell without quotes. */
function command(): string {
  return join(folder, "cross agent's $(watch)")
}

/** Sets the stand-in's answer: text for a session, or anything else. */
function answer(to: 'idle' | 'created' | 'message' | 'once', text: string): void {
  appendFileSync(`${command()}.${to}`, text)
}

function calls(): string[] {
  return existsSync(`${command()}.calls`)
    ? readFileSync(`${command()}.calls`, 'utf8').trimEnd().split('\n')
    : []
}

function waiters(): number[] {
  const file = `${command()}.waiters`
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').map(Number) : []
}

function isRunning(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The plugin as it is installed. */
async function load(): Promise<Plugin> {
  const [report] = await installHooks(AGENTS.opencode, {
    folder,
    program: command(),
    paths: paths(join(folder, 'home')),
  })
  const path = report?.path ?? ''
  // OpenCode takes the file as a module, whatever package.json is above it.
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const { default: loaded }: { default: Plugin } = await import(/* @vite-ignore */ pathToFileURL(path).href)
  return loaded
}

interface Told {
  readonly id: string
  readonly text: string
  readonly turn: boolean
}

/** The part of OpenCode 1 that the plugin uses. */
async function version1() {
  const told: Told[] = []
  const { server } = await load()
  const hooks = await server({
    directory: folder,
    client: {
      session: {
        get: async ({ path: { id } }) => ({ data: id.startsWith('child') ? { parentID: 's1' } : {} }),
        prompt: async ({ path: { id }, body }) =>
          told.push({ id, text: body.parts[0]?.text ?? '', turn: body.noReply !== true }),
        promptAsync: async ({ path: { id }, body }) =>
          told.push({ id, text: body.parts[0]?.text ?? '', turn: true }),
      },
    },
  })
  const emit = (type: string, id: string, more = {}) =>
    hooks.event({
      event: { type, properties: type === 'session.created' ? { info: { id } } : { sessionID: id, ...more } },
    })
  stopAll.push(() => void hooks.dispose())
  const busy = (id: string) => emit('session.status', id, { status: { type: 'busy' } })
  /** The texts that go with a prompt of the user's. */
  const ask = async (id: string, text: string) => {
    const message = { id: 'msg_1' }
    const parts = [{ id: 'prt_1', sessionID: id, messageID: 'msg_1', type: 'text', text }]
    await hooks['chat.message']({ sessionID: id }, { message, parts })
    return parts.map((part) => part.text)
  }
  return { told, created: 'session.created', idle: 'session.idle', emit, busy, ask }
}

/** A client that must not be called. */
const noClient: Parameters<Plugin['server']>[0]['client'] = {
  session: {
    get: () => Promise.reject(new Error('called')),
    prompt: () => Promise.reject(new Error('called')),
    promptAsync: () => Promise.reject(new Error('called')),
  },
}

/** OpenCode 2. */
async function version2() {
  const told: Told[] = []
  const { setup } = await load()
  const events: unknown[] = []
  let wake = () => {}
  async function* subscribe({ signal }: { signal: AbortSignal }) {
    signal.addEventListener('abort', () => wake())
    while (!signal.aborted) {
      const event = events.shift()
      if (event === 'broken') throw new Error('the stream broke')
      if (event !== undefined) yield event as { type: string }
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  }
  const stop = await setup({
    location: { directory: folder },
    event: { subscribe },
    session: {
      get: async ({ sessionID }) =>
        sessionID.startsWith('child') ? { parentID: 's1' } : { location: { directory: folder } },
      prompt: async ({ sessionID, text }) => told.push({ id: sessionID, text, turn: true }),
      synthetic: async ({ sessionID, text }) => told.push({ id: sessionID, text, turn: false }),
    },
  })
  stopAll.push(stop)
  const put = (event: unknown) => {
    events.push(event)
    wake()
  }
  const emit = (type: string, id: string, location = folder) =>
    put({ type, data: { sessionID: id }, location: { directory: location } })
  const busy = (id: string) => emit('session.execution.started', id)
  return { told, created: 'session.created', idle: 'session.execution.succeeded', emit, busy, put, stop }
}

describe.each(
  sample(
    [
      ['1', version1],
      ['2', version2],
    ],
    1,
  ),
)('C17 OpenCode %s', (_version, start) => {
  it('C17 tells a new session, without beginning a turn', async () => {
    const { told, created, emit } = await start()
    answer('created', '{"text":"1 message waits"}\n')
    emit(created, 's1')
    await until(() => told.length > 0, 'the plugin does what it should')
    expect(told).toEqual([{ id: 's1', text: '1 message waits', turn: false }])
    expect(calls().filter((call) => !call.includes('--once'))).toEqual([
      `--hook opencode {"hook_event_name":"session.created","session_id":"s1","cwd":"${folder}","stop_hook_active":false}`,
    ])
  })

  it('C17 goes on at the end of a turn, and says so the next time', async () => {
    const { told, idle, emit } = await start()
    answer('idle', '{"text":"2 messages wait"}\n')
    emit(idle, 's1')
    await until(() => told.length > 0, 'the plugin does what it should')
    expect(told).toEqual([{ id: 's1', text: '2 messages wait', turn: true }])
    emit(idle, 's1')
    await until(() => waiters().length > 0, 'the plugin does what it should')
    expect(calls().map((call) => /(--once)?.*stop_hook_active":(\w+)/.exec(call)?.[2])).toEqual([
      'false',
      'true',
      'false',
    ])
  })

  it('C17 wakes an idle session when mail comes, once', async () => {
    const { told, idle, emit } = await start()
    emit(idle, 's1')
    await until(() => waiters().length > 0, 'the plugin does what it should')
    expect(told).toEqual([])
    answer('once', '{"text":"mail"}')
    await until(() => told.length > 0, 'the plugin does what it should')
    expect(told).toEqual([{ id: 's1', text: 'mail', turn: true }])
    expect(waiters()).toHaveLength(1)
  })

  it('C17 the newest waiter of a session takes the place of the older', async () => {
    const { told, idle, emit } = await start()
    emit(idle, 's1')
    await until(() => waiters().length === 1, 'the plugin does what it should')
    emit(idle, 's1')
    await until(() => waiters().length === 2, 'the plugin does what it should')
    await until(() => !isRunning(waiters()[0]), 'the plugin does what it should')
    expect(isRunning(waiters()[1])).toBe(true)
    emit('session.deleted', 's1')
    await until(() => !isRunning(waiters()[1]), 'the plugin does what it should')
    expect(told).toEqual([])
  })

  it('C17 a turn that begins ends the wait: what comes meanwhile is told of at its end', async () => {
    const { told, idle, emit, busy } = await start()
    emit(idle, 's1')
    await until(() => waiters().length > 0, 'a waiter')
    busy('s1')
    await until(() => !isRunning(waiters()[0]), 'the waiter ends')
    expect(told).toEqual([])
  })

  it('C17 leaves sessions of subagents alone', async () => {
    const { told, created, idle, emit } = await start()
    emit(created, 'child1')
    emit(idle, 'child1')
    answer('created', '{"text":"x"}')
    emit(created, 's1')
    await until(() => told.length > 0, 'the plugin does what it should')
    expect(calls().filter((call) => call.includes('child'))).toEqual([])
  })

  it.each(sample(['', 'no JSON', '[]', 'null', '{"text":7}', '{}'], 2))(
    'C17 says nothing for an answer of: %s',
    async (text) => {
      const { told, idle, emit } = await start()
      answer('idle', text)
      emit(idle, 's1')
      await until(() => waiters().length > 0, 'the plugin does what it should')
      expect(told).toEqual([])
    },
  )

  it('C17 a session goes on where the command is gone', async () => {
    const { told, created, idle, emit } = await start()
    rmSync(command())
    for (let times = 0; times < 5; times++) {
      emit(created, 's1')
      emit(idle, 's1')
      await sleep(20)
    }
    writeFileSync(command(), STAND_IN.replaceAll('&& rm "$0.created"', ''), { mode: 0o755 })
    answer('created', '{"text":"x"}')
    emit(created, 's2')
    await until(() => told.some(({ id }) => id === 's2'), 'the plugin does what it should')
  })
})

describe('C17 OpenCode 1, a prompt of the user', () => {
  it('C17 takes along what the new session is to be told', async () => {
    const { told, created, emit, ask } = await version1()
    answer('created', '{"text":"1 message waits"}')
    emit(created, 's1')
    await until(() => calls().length > 0, 'the session is asked about')
    expect(await ask('s1', 'Hello.')).toEqual(['Hello.', '1 message waits'])
    emit('session.idle', 's1')
    await until(() => waiters().length > 0, 'the turn has ended')
    expect(told).toEqual([])
  })

  it('C24 takes along what came since, and what we say ourselves is no prompt', async () => {
    const { told, idle, emit, ask } = await version1()
    answer('message', '{"text":"mail"}')
    expect(await ask('s1', 'Hello.')).toEqual(['Hello.', 'mail'])
    expect(await ask('s1', 'Again.')).toEqual(['Again.'])
    answer('idle', '{"text":"go on"}')
    emit(idle, 's1')
    await until(() => told.length > 0, 'the turn goes on')
    answer('message', '{"text":"more"}')
    expect(await ask('s1', 'go on')).toEqual(['go on'])
    expect(await ask('child1', 'Search.')).toEqual(['Search.'])
    expect(await ask('s1', 'Hello.')).toEqual(['Hello.', 'more'])
  })

  it('C17 goes on where the command is gone', async () => {
    const { ask } = await version1()
    rmSync(command())
    expect(await ask('s1', 'Hello.')).toEqual(['Hello.'])
  })
})

describe('C24 OpenCode, a run of one prompt', () => {
  it('C24 is told at its start, and asks and waits for nothing else', async () => {
    const words = process.argv
    // As the program of OpenCode 1 shows it to plugins.
    process.argv = ['bun', '/$bunfs/root/src/index.js', 'run', 'Bake.']
    const { told, created, idle, emit, ask } = await version1().finally(() => {
      process.argv = words
    })
    answer('created', '{"text":"1 message waits"}')
    emit(created, 's1')
    await until(() => calls().length > 0, 'the session is asked about')
    expect(await ask('s1', 'Bake.')).toEqual(['Bake.', '1 message waits'])
    emit(idle, 's1')
    expect(await ask('s1', 'And again.')).toEqual(['And again.'])
    // Whatever that would ask comes before this.
    emit(created, 's2')
    await until(() => calls().length > 1, 'the other session is asked about')
    expect(calls().map((call) => /"hook_event_name":"([^"]*)"/.exec(call)?.[1])).toEqual([
      'session.created',
      'session.created',
    ])
    expect(waiters()).toEqual([])
    expect(told).toEqual([])
  })
})

describe('B77 OpenCode, a session that was never prompted', () => {
  it('B77 is woken too, until a turn begins', async () => {
    const { told, created, emit, busy } = await version1()
    emit(created, 's1')
    await until(() => waiters().length === 1, 'a waiter')
    expect(calls().at(-1)).toContain('--hook opencode --once {"hook_event_name":"session.created"')
    busy('s1')
    await until(() => !isRunning(waiters()[0]), 'the waiter ends')
    emit(created, 's2')
    await until(() => waiters().length === 2, 'a waiter')
    answer('once', '{"text":"mail"}')
    await until(() => told.length > 0, 'the session is woken')
    expect(told).toEqual([{ id: 's2', text: 'mail', turn: true }])
  })
})

describe('C21 OpenCode, the shell of a session', () => {
  it('C21 has the name of the session, if that is plain', async () => {
    const { server } = await load()
    const hooks = await server({ directory: folder, client: noClient })
    stopAll.push(() => void hooks.dispose())
    const envOf = async (sessionID?: string, env: Record<string, string> = {}) => {
      await hooks['shell.env'](sessionID === undefined ? {} : { sessionID }, { env })
      return env.CROSS_AGENT_SESSION
    }
    expect(await envOf('ses_1a2B')).toBe('ses_1a2B')
    expect(await envOf('ses_1', { CROSS_AGENT_SESSION: '17' })).toBe('17')
    for (const odd of [undefined, '', '-x', '$(x)', 'a b', 'x'.repeat(200)])
      expect(await envOf(odd)).toBe(undefined)
  })
})

describe('C17 OpenCode, a turn that the user broke off', () => {
  it('B77 version 1: no turn begins by itself, however often the session is idle', async () => {
    const { told, emit, busy } = await version1()
    answer('idle', '{"text":"x"}')
    busy('s1')
    emit('session.error', 's1', { error: { name: 'MessageAbortedError' } })
    emit('session.idle', 's1')
    emit('session.idle', 's1')
    emit('session.idle', 's2')
    await until(() => told.length > 0, 'the plugin does what it should')
    expect(calls().filter((call) => call.includes('"s1"'))).toEqual([])
    answer('idle', '{"text":"y"}')
    busy('s1')
    emit('session.idle', 's1')
    await until(() => told.some(({ id }) => id === 's1'), 'the next turn ends')
  })

  it('C17 version 1: is not to go on', async () => {
    const { told, emit } = await version1()
    answer('idle', '{"text":"x"}')
    emit('session.error', 's1', { error: { name: 'MessageAbortedError' } })
    emit('session.idle', 's1')
    emit('session.idle', 's2')
    await until(() => told.length > 0, 'the plugin does what it should')
    expect(calls().filter((call) => call.includes('"s1"'))).toEqual([])
  })

  it('C17 version 2: is not to go on; events of other folders are not ours', async () => {
    const { told, emit } = await version2()
    answer('idle', '{"text":"x"}')
    emit('session.execution.interrupted', 's1')
    emit('session.execution.failed', 's1')
    emit('session.execution.succeeded', 's1', '/elsewhere')
    emit('session.execution.succeeded', 's2')
    await until(() => told.length > 0, 'the plugin does what it should')
    expect(calls().filter((call) => call.includes('"s1"'))).toEqual([])
  })

  it('C17 version 2: a stream that breaks is opened again, and the end stops the waiters', async () => {
    const { told, emit, put, stop } = await version2()
    answer('created', '{"text":"x"}')
    put('broken')
    emit('session.created', 's1')
    await until(() => told.length > 0, 'the plugin does what it should')
    emit('session.execution.succeeded', 's1')
    await until(() => waiters().length > 0, 'the plugin does what it should')
    stop()
    await until(() => !isRunning(waiters()[0]), 'the plugin does what it should')
  })
})
