import type { Agent } from './agent'
import { hasOption } from './agent-run'
import { unlessOneShot } from './hook-command'
import { contextReply, decisionReply, nothing, oneLine, readCommonInput, takesContext } from './hook-io'

const events = {
  sessionStart: 'SessionStart',
  prompt: 'UserPromptSubmit',
  turnEnd: 'Stop',
  afterTool: 'PostToolUse',
}

/** Seconds that the agent waits for our answer at most. */
const ANSWER_SECONDS = 10
/** Seconds that a waiter may run in the background: one day. The agent's default is ten minutes. */
const WAIT_SECONDS = 86_400

/** Claude Code. https://code.claude.com/docs/en/hooks */
export const claude: Agent = {
  name: 'claude',
  title: 'Claude Code',
  events,
  readHookInput: (bytes) => readCommonInput(bytes, events),
  context: (input, text) => (takesContext(input, events) ? contextReply(input.event, text) : nothing()),
  goOn: ({ moment }, text) => (moment === 'turn-end' ? decisionReply('block', text) : nothing()),
  // Never after a prompt: this exit code would erase the prompt.
  wake: ({ moment }, text) => {
    const line = oneLine(text)
    const mayWake = moment === 'turn-end' || moment === 'session-start'
    return mayWake && line !== '' ? { stdout: '', stderr: `${line}\n`, exitCode: 2 } : nothing()
  },
  wakeCommand: undefined,
  // Cursor also runs the hooks in .claude/settings.json, but does not support background waiters.
  isCalledByAnother: (env) => env.CURSOR_VERSION !== undefined,
  isOneShot: (run) =>
    run.env.CLAUDE_CODE_ENTRYPOINT?.startsWith('sdk') === true || hasOption(run, '-p', '--print'),
  hasOneSession: true,
  settings: {
    file: '.claude/settings.json',
    layout: 'groups',
    allowsComments: false,
    refusesTrailingCommas: false,
    required: {},
    entries(command) {
      const later = unlessOneShot('claude', command)
      const start = { type: 'command', command: `${command} --hook claude`, timeout: ANSWER_SECONDS }
      const answer = { ...start, command: `${later} --hook claude` }
      const wait = {
        type: 'command',
        command: `${later} --hook claude --once`,
        async: true,
        asyncRewake: true,
        timeout: WAIT_SECONDS,
      }
      return [
        { event: events.sessionStart, handler: start },
        { event: events.sessionStart, handler: wait },
        { event: events.prompt, handler: answer },
        { event: events.turnEnd, handler: answer },
        { event: events.turnEnd, handler: wait },
      ]
    },
  },
  afterInstall: 'open sessions of Claude Code may have to be started again; see its /hooks',
}
