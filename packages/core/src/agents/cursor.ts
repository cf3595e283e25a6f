import type { Agent, HookInput } from './agent'
import { hasOption } from './agent-run'
import { hookInputOf, jsonReply, nothing, oneLine, readRawInput, takesContext } from './hook-io'

const events = {
  sessionStart: 'sessionStart',
  prompt: 'beforeSubmitPrompt',
  turnEnd: 'stop',
  afterTool: 'postToolUse',
}

/** How many follow-ups in a row Cursor accepts: its current default, set explicitly in case the default changes. */
const LOOP_LIMIT = 5

/** Cursor. https://cursor.com/docs/hooks */
export const cursor: Agent = {
  name: 'cursor',
  title: 'Cursor',
  events,
  readHookInput,
  context(input, text) {
    const line = oneLine(text)
    if (line === '' || !takesContext(input, events)) return nothing()
    // Cursor documents no context for a prompt, but accepts it. It ignores fields that it does not know.
    if (input.event === events.prompt) return jsonReply({ continue: true, additional_context: line })
    return jsonReply({ additional_context: line })
  },
  goOn({ moment }, text) {
    const line = oneLine(text)
    return moment === 'turn-end' && line !== '' ? jsonReply({ followup_message: line }) : nothing()
  },
  wake: undefined,
  wakeCommand: undefined,
  isCalledByAnother: () => false,
  isOneShot: (run) => hasOption(run, '-p', '--print'),
  hasOneSession: false,
  settings: {
    file: '.cursor/hooks.json',
    layout: 'handlers',
    allowsComments: true,
    refusesTrailingCommas: false,
    required: { version: 1 },
    entries(command) {
      // Seconds.
      const handler = { command: `${command} --hook cursor`, timeout: 10 }
      return [
        { event: events.sessionStart, handler },
        { event: events.prompt, handler },
        { event: events.turnEnd, handler: { ...handler, loop_limit: LOOP_LIMIT } },
      ]
    },
  },
  afterInstall: 'open a new chat in Cursor; its Hooks settings show what runs',
}

function readHookInput(bytes: Uint8Array): HookInput | undefined {
  const raw = readRawInput(bytes)
  if (raw === undefined) return undefined
  const { loop_count: loops = 0, status, workspace_roots: roots } = raw
  if (typeof loops !== 'number' || (roots !== undefined && !Array.isArray(roots))) return undefined
  const input = hookInputOf(
    {
      event: raw.hook_event_name,
      sessionId: raw.conversation_id ?? raw.session_id,
      // User-level hooks run in ~/.cursor, so only the roots identify the project.
      cwd: Array.isArray(roots) && roots.length > 0 ? roots[0] : raw.cwd,
      isContinuation: loops > 0,
    },
    events,
  )
  // A turn that the user interrupted must not go on.
  const isBrokenOff = status !== undefined && status !== 'completed'
  return input?.moment === 'turn-end' && isBrokenOff ? { ...input, moment: 'other' } : input
}
