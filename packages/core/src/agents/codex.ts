import { realPath } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import type { Agent } from './agent'
import { isCodexServer } from './codex-clients'
import { unlessOneShot } from './hook-command'
import { contextReply, decisionReply, nothing, oneLine, readCommonInput, takesContext } from './hook-io'

const events = {
  sessionStart: 'SessionStart',
  prompt: 'UserPromptSubmit',
  turnEnd: 'Stop',
  afterTool: 'PostToolUse',
}

/** The subcommands that run one prompt. */
const ONE_SHOT = ['exec', 'e', 'review']

/** Codex. https://developers.openai.com/codex/hooks */
export const codex: Agent = {
  name: 'codex',
  title: 'Codex',
  events,
  readHookInput: (bytes) => readCommonInput(bytes, events),
  context: (input, text) => (takesContext(input, events) ? contextReply(input.event, text) : nothing()),
  goOn: ({ moment }, text) => (moment === 'turn-end' ? decisionReply('block', text) : nothing()),
  wake: undefined,
  // Each is one word, so Codex cannot read the value as another option.
  wakeCommand: ({ sessionId }, text) => [
    'codex',
    'queue',
    `--thread=${sessionId}`,
    `--message=${oneLine(text)}`,
  ],
  isCalledByAnother: () => false,
  isOneShot: ({ words }) => !isCodexServer(words) && ONE_SHOT.some((word) => words.includes(word)),
  hasOneSession: false,
  settings: {
    file: '.codex/hooks.json',
    layout: 'groups',
    allowsComments: false,
    refusesTrailingCommas: false,
    required: {},
    entries(command) {
      // Seconds.
      const start = { type: 'command', command: `${command} --hook codex`, timeout: 10 }
      const later = { ...start, command: `${unlessOneShot('codex', command)} --hook codex` }
      return [
        { event: events.sessionStart, handler: start },
        { event: events.prompt, handler: later },
        { event: events.turnEnd, handler: later },
      ]
    },
  },
  afterInstall: 'Codex skips new and changed hooks until you trust them: open /hooks in Codex',
}

/** Largest Codex settings file that is read, in bytes. */
const LARGEST = 10 * 1024 * 1024
/** Our events, by the names that Codex uses in config.toml. */
const EVENTS = ['session_start', 'user_prompt_submit', 'stop']

/**
 * Whether config.toml of Codex says that Codex may run the hooks in a file. Undefined if config.toml is missing or
 * unreadable. Does not detect a hook that has changed since then.
 */
export function isTrustedByCodex(
  hooksFile: string,
  { home, env }: { readonly home: string; readonly env: Readonly<Record<string, string | undefined>> },
  hasBrake = false,
): boolean | undefined {
  let settings: string
  try {
    const folder = env.CODEX_HOME || joinPath(home, '.codex')
    settings = takeSnapshot(joinPath(folder, 'config.toml'), LARGEST).bytes.toString()
  } catch {
    return undefined
  }
  // Keys are `FILE:EVENT:GROUP:HOOK`, quoted as in JSON.
  const files = [hooksFile, realPath(hooksFile)].map((file) => JSON.stringify(file).slice(1, -1))
  const events = hasBrake ? [...EVENTS, 'pre_tool_use'] : EVENTS
  return events.every((event) => files.some((file) => settings.includes(`${file}:${event}:`)))
}
