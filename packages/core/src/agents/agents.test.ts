import { describe, expect, it } from 'vitest'
import { sample } from '../../../../test/support/long'
import { AGENT_NAMES, type HookInput, type Reply } from './agent'
import { AGENTS } from './agents'

const agents = AGENT_NAMES.map((name) => AGENTS[name])

function read(name: (typeof AGENT_NAMES)[number], input: unknown): HookInput | undefined {
  return AGENTS[name].readHookInput(Buffer.from(JSON.stringify(input)))
}

const SESSION = { session_id: 'a1b2-c3', cwd: '/home/b/projects/bakery' }
const CONVERSATION = { conversation_id: 'a1b2-c3', workspace_roots: ['/home/b/projects/bakery'] }

/** The events of each agent at the three moments, with their input. */
const INPUTS = {
  claude: [
    { ...SESSION, hook_event_name: 'SessionStart', source: 'startup', transcript_path: '/t.jsonl' },
    { ...SESSION, hook_event_name: 'UserPromptSubmit', prompt: 'bake', permission_mode: 'default' },
    { ...SESSION, hook_event_name: 'Stop', stop_hook_active: true, last_assistant_message: 'done' },
  ],
  codex: [
    { ...SESSION, hook_event_name: 'SessionStart', source: 'resume', model: 'm', transcript_path: null },
    { ...SESSION, hook_event_name: 'UserPromptSubmit', turn_id: 't1', prompt: 'bake' },
    {
      ...SESSION,
      hook_event_name: 'Stop',
      turn_id: 't1',
      stop_hook_active: true,
      last_assistant_message: null,
    },
  ],
  gemini: [
    { ...SESSION, hook_event_name: 'SessionStart', source: 'startup', timestamp: '2026-11-25T14:00:00Z' },
    { ...SESSION, hook_event_name: 'BeforeAgent', prompt: 'bake' },
    {
      ...SESSION,
      hook_event_name: 'AfterAgent',
      prompt: 'bake',
      prompt_response: 'ok',
      stop_hook_active: true,
    },
  ],
  cursor: [
    { ...CONVERSATION, hook_event_name: 'sessionStart', session_id: 'a1b2-c3', is_background_agent: false },
    { ...CONVERSATION, hook_event_name: 'beforeSubmitPrompt', prompt: 'bake', attachments: [] },
    { ...CONVERSATION, hook_event_name: 'stop', status: 'completed', loop_count: 1 },
  ],
  opencode: [
    { ...SESSION, hook_event_name: 'session.created', stop_hook_active: false },
    { ...SESSION, hook_event_name: 'chat.message' },
    { ...SESSION, hook_event_name: 'session.idle', stop_hook_active: true },
  ],
} as const

const MOMENTS = ['session-start', 'prompt', 'turn-end'] as const

describe('C17 hook input', () => {
  it.each(AGENT_NAMES)('C17 %s: moment, session, folder, continuation', (name) => {
    INPUTS[name].forEach((input, index) => {
      if (input === undefined) return
      expect(read(name, input)).toEqual({
        event: input.hook_event_name,
        moment: MOMENTS[index],
        sessionId: 'a1b2-c3',
        cwd: '/home/b/projects/bakery',
        isContinuation: index === 2,
        answer: 'prompt_response' in input ? expect.stringMatching(/^[0-9a-f]{64}$/) : undefined,
      })
    })
  })

  it.each(AGENT_NAMES)('C17 %s: another event is another moment', (name) => {
    const input = read(name, { ...INPUTS[name][0], hook_event_name: 'SubagentStop' })
    expect(input).toMatchObject({ event: 'SubagentStop', moment: 'other', isContinuation: false })
  })

  it('C17 cursor: a turn that was broken off is no end of a turn, the first root is the folder', () => {
    const stop = { ...CONVERSATION, hook_event_name: 'stop', loop_count: 0 }
    expect(read('cursor', { ...stop, status: 'completed' })?.moment).toBe('turn-end')
    expect(read('cursor', { ...stop, status: 'completed' })?.isContinuation).toBe(false)
    for (const status of ['aborted', 'error'])
      expect(read('cursor', { ...stop, status })?.moment).toBe('other')
    expect(read('cursor', { ...SESSION, hook_event_name: 'stop' })?.cwd).toBe(SESSION.cwd)
    expect(read('cursor', { ...stop, workspace_roots: [], cwd: '/x' })?.cwd).toBe('/x')
  })

  it.each(sample(agents, 2))('C17 $name: malformed input is none', ({ name, readHookInput }) => {
    const good = INPUTS[name][0]
    const wrong = [null, 1, true, [], {}, ['x'], { a: 1 }, '', 'x\0', 'x'.repeat(5000), '\ud800', 'a\nb']
    const fields = [
      'hook_event_name',
      'session_id',
      'conversation_id',
      'cwd',
      'workspace_roots',
      'stop_hook_active',
      'loop_count',
    ]
    const texts = [
      '',
      ' ',
      'null',
      '[]',
      '"x"',
      '1',
      '{',
      '{}',
      '{"hook_event_name":"Stop"}',
      '\ufeff{}',
      '[{}]',
      'nul\0',
    ]
    const inputs = [
      ...texts.map((text) => Buffer.from(text)),
      Buffer.alloc(1024 * 1024, 0xff),
      Buffer.alloc(1024 * 1024, 'a'),
      Buffer.alloc(17 * 1024 * 1024, ' '),
      Buffer.from('['.repeat(500_000)),
      Buffer.from(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
      Buffer.from(`{"__proto__":{"session_id":"x","cwd":"/x","hook_event_name":"Stop"}}`),
    ]
    for (const input of inputs) expect(readHookInput(input)).toBeUndefined()
    for (const field of fields)
      for (const value of wrong) {
        const input = readHookInput(Buffer.from(JSON.stringify({ ...good, [field]: value })))
        // Some values are valid in some fields. Then the result must have the right types.
        if (input === undefined) continue
        expect(input.sessionId).toMatch(/^[^\x00-\x1f\x7f]{1,256}$/)
        expect(input.cwd.startsWith('/')).toBe(true)
        expect(typeof input.isContinuation).toBe('boolean')
        expect(input.event).not.toBe('')
      }
    for (const field of ['hook_event_name', name === 'cursor' ? 'workspace_roots' : 'cwd'])
      expect(readHookInput(Buffer.from(JSON.stringify({ ...good, [field]: 7 })))).toBeUndefined()
  })

  it('C17 a prompt of a megabyte is read', () => {
    const input = { ...INPUTS.claude[1], prompt: 'x'.repeat(1024 * 1024) }
    expect(read('claude', input)?.moment).toBe('prompt')
  })
})

const NOTHING: Reply = { stdout: '', stderr: '', exitCode: 0 }
const TEXT = '2 messages wait for bakery'

function input(name: (typeof AGENT_NAMES)[number], index: 0 | 1 | 2): HookInput {
  const found = read(name, INPUTS[name][index])
  if (found === undefined) throw new Error(`no such input: ${name} ${index}`)
  return found
}

function parsed({ stdout, stderr, exitCode }: Reply): unknown {
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout.endsWith('\n') && stdout.trim().includes('\n')).toBe(false)
  return JSON.parse(stdout)
}

describe('C17 replies', () => {
  it.each(['claude', 'codex', 'gemini'] as const)('C17 %s: context, and a reason to go on', (name) => {
    const { context, goOn } = AGENTS[name]
    for (const index of [0, 1] as const) {
      expect(parsed(context(input(name, index), TEXT))).toEqual({
        hookSpecificOutput: { hookEventName: INPUTS[name][index].hook_event_name, additionalContext: TEXT },
      })
      expect(goOn(input(name, index), TEXT)).toEqual(NOTHING)
    }
    const decision = name === 'gemini' ? 'deny' : 'block'
    expect(parsed(goOn(input(name, 2), TEXT))).toEqual({ decision, reason: TEXT })
    expect(context(input(name, 2), TEXT)).toEqual(NOTHING)
  })

  it('C17 cursor: context, and a reason to go on', () => {
    const { context, goOn } = AGENTS.cursor
    expect(parsed(context(input('cursor', 0), TEXT))).toEqual({ additional_context: TEXT })
    // A prompt must go through.
    expect(parsed(context(input('cursor', 1), TEXT))).toEqual({ continue: true, additional_context: TEXT })
    expect(parsed(goOn(input('cursor', 2), TEXT))).toEqual({ followup_message: TEXT })
    expect([goOn(input('cursor', 0), TEXT), goOn(input('cursor', 1), TEXT)]).toEqual([NOTHING, NOTHING])
  })

  it('C17 opencode: text for our plugin', () => {
    const { context, goOn, wake } = AGENTS.opencode
    expect(parsed(context(input('opencode', 0), TEXT))).toEqual({ text: TEXT })
    expect(parsed(goOn(input('opencode', 2), TEXT))).toEqual({ text: TEXT })
    expect(wake?.(input('opencode', 2), TEXT)).toEqual(goOn(input('opencode', 2), TEXT))
    expect(context(input('opencode', 2), TEXT)).toEqual(NOTHING)
  })

  it('C17 claude: a waiter wakes with exit 2 at a start and at the end of a turn, never after a prompt', () => {
    const { wake } = AGENTS.claude
    for (const index of [0, 2] as const)
      expect(wake?.(input('claude', index), TEXT)).toEqual({ stdout: '', stderr: `${TEXT}\n`, exitCode: 2 })
    expect(wake?.(input('claude', 1), TEXT)).toEqual(NOTHING)
  })

  it('C17 codex: a program wakes, its arguments are no options', () => {
    const command = AGENTS.codex.wakeCommand?.({ ...input('codex', 2), sessionId: '--help' }, '-m\nx')
    expect(command).toEqual(['codex', 'queue', '--thread=--help', '--message=-m\\x0ax'])
  })

  it('C17 claude: Cursor runs these hooks too, and is told nothing twice', () => {
    expect(AGENTS.claude.isCalledByAnother({ CURSOR_VERSION: '3.20.17' })).toBe(true)
    expect(AGENTS.claude.isCalledByAnother({})).toBe(false)
    expect(AGENTS.cursor.isCalledByAnother({ CURSOR_VERSION: '3.20.17' })).toBe(false)
  })

  it.each(agents)('C17 $name: valid JSON on one line, nothing raw, for any text', (agent) => {
    const hostile = [
      '\ud800',
      '\udfff\ud800',
      '\udc80bad',
      'a\nb\r\u2028c',
      '\x1b]0;x\x07',
      '"}{\\',
      '\u202eevil',
      '😀'.repeat(5000),
      `x${'😀'.repeat(5000)}`,
      'x'.repeat(1024 * 1024),
      '\0',
      '</script>',
      '\ufeff',
      '\u0085',
    ]
    for (const text of hostile)
      for (const index of [0, 1, 2] as const) {
        if (INPUTS[agent.name][index] === undefined) continue
        const at = input(agent.name, index)
        for (const { stdout, stderr, exitCode } of [
          agent.context(at, text),
          agent.goOn(at, text),
          agent.wake?.(at, text) ?? NOTHING,
        ]) {
          expect(exitCode === 2 && index === 1).toBe(false)
          expect(stdout + stderr).toMatch(/^([^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]*\n)?$/)
          expect(stdout).toMatch(/^[\x20-\x7e\n]*$/)
          expect(stdout.length).toBeLessThan(70_000)
          // Strict readers refuse a lone surrogate escape.
          if (stdout !== '') expect(JSON.stringify(JSON.parse(stdout)).isWellFormed()).toBe(true)
          expect(stdout).not.toMatch(/\\ud[89ab]..(?!\\ud[c-f])/)
        }
      }
  })

  it.each(agents)('C17 $name: no text is no reply', (agent) => {
    for (const index of [0, 2] as const)
      for (const text of ['', ' \u3000 ']) {
        const at = input(agent.name, index)
        expect([agent.context(at, text), agent.goOn(at, text)]).toEqual([NOTHING, NOTHING])
        expect(agent.wake?.(at, text) ?? NOTHING).toEqual(NOTHING)
      }
  })
})
