import type { Agent } from './agent'
import { readCommonInput, takesContext } from './hook-input'
import { contextReply, decisionReply, nothing, oneLine } from './reply'

const events = {
  sessionStart: 'SessionStart',
  prompt: 'UserPromptSubmit',
  turnEnd: 'Stop',
  afterTool: 'PostToolUse',
}

/** Codex. https://developers.openai.com/codex/hooks */
export const codex: Agent = {
  name: 'codex',
  title: 'Codex',
  events,
  readHookInput: (bytes) => readCommonInput(bytes, events),
  context: (input, text) => (takesContext(input, events) ? contextReply(input.event, text) : nothing()),
  goOn: ({ moment }, text) => (moment === 'turn-end' ? decisionReply('block', text) : nothing()),
  wake: undefined,
  // One word each, so that neither can be read as another option.
  wakeCommand: ({ sessionId }, text) => [
    'codex',
    'queue',
    `--thread=${sessionId}`,
    `--message=${oneLine(text)}`,
  ],
  isCalledByAnother: () => false,
  settings: {
    file: '.codex/hooks.json',
    layout: 'groups',
    allowsComments: false,
    refusesTrailingCommas: false,
    required: {},
    entries(command) {
      // Seconds.
      const handler = { type: 'command', command: `${command} --hook codex`, timeout: 10 }
      return [events.sessionStart, events.prompt, events.turnEnd].map((event) => ({ event, handler }))
    },
  },
  afterInstall: 'Codex skips new and changed hooks until you trust them: open /hooks in Codex',
}
