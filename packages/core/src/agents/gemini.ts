import type { Agent } from './agent'
import { hasOption } from './agent-run'
import { contextReply, decisionReply, nothing, readCommonInput, takesContext } from './hook-io'

const events = {
  sessionStart: 'SessionStart',
  prompt: 'BeforeAgent',
  turnEnd: 'AfterAgent',
  afterTool: 'AfterTool',
}

/** Gemini CLI. https://geminicli.com/docs/hooks/reference */
export const gemini: Agent = {
  name: 'gemini',
  title: 'Gemini CLI',
  events,
  readHookInput: (bytes) => readCommonInput(bytes, events),
  context: (input, text) => (takesContext(input, events) ? contextReply(input.event, text) : nothing()),
  goOn: ({ moment }, text) => (moment === 'turn-end' ? decisionReply('deny', text) : nothing()),
  wake: undefined,
  wakeCommand: undefined,
  isCalledByAnother: () => false,
  isOneShot: (run) => hasOption(run, '-p', '--prompt') || (isGemini(run.words) && !run.hasTerminal),
  hasOneSession: true,
  settings: {
    file: '.gemini/settings.json',
    layout: 'groups',
    allowsComments: true,
    refusesTrailingCommas: true,
    required: {},
    entries(command) {
      // Milliseconds. Every other agent uses seconds.
      const handler = {
        type: 'command',
        name: 'cross-agent-mail',
        command: `${command} --hook gemini`,
        timeout: 10_000,
      }
      return [events.sessionStart, events.prompt, events.turnEnd].map((event) => ({ event, handler }))
    },
  },
  afterInstall: 'start Gemini CLI again; in a project it warns of new hooks before they run',
}

/** The program or its script. With text from a pipe, it runs without `--prompt`. */
function isGemini(words: readonly string[]): boolean {
  return words.slice(0, 3).some((word) => /(?:^|\/)gemini(?:\.c?js)?$/.test(word))
}
