import type { Agent, Reply } from './agent'
import { jsonReply, nothing, oneLine, readCommonInput } from './hook-io'

const events = {
  sessionStart: 'session.created',
  prompt: 'chat.message',
  turnEnd: 'session.idle',
  afterTool: undefined,
}

/**
 * OpenCode, versions 1 and 2. It runs plugins, not commands, so only our own plugin (opencode-plugin.js) calls this
 * hook. https://opencode.ai/docs/plugins
 */
export const opencode: Agent = {
  name: 'opencode',
  title: 'OpenCode',
  events,
  readHookInput: (bytes) => readCommonInput(bytes, events),
  context: ({ moment }, text) =>
    moment === 'session-start' || moment === 'prompt' ? textReply(text) : nothing(),
  goOn: ({ moment }, text) => (moment === 'turn-end' ? textReply(text) : nothing()),
  wake: ({ moment }, text) =>
    moment === 'turn-end' || moment === 'session-start' ? textReply(text) : nothing(),
  wakeCommand: undefined,
  isCalledByAnother: () => false,
  isOneShot: ({ words }) => words[1] === 'run',
  hasOneSession: false,
  settings: undefined,
  afterInstall: 'start OpenCode again: it loads plugins when it starts',
}

function textReply(text: string): Reply {
  const line = oneLine(text)
  return line === '' ? nothing() : jsonReply({ text: line })
}
