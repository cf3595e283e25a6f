import { type Halt, haltMessage } from '../brake/halt'
import type { Paths } from '../fs/paths'
import type { AgentName, HookEntry, Reply } from './agent'
import { brakeLine } from './hook-command'
import { jsonReply, oneLine } from './hook-io'
import type { HookProgram } from './our-hooks'

/**
 * The events before a tool runs, and the form of a handler. Without a matcher, a hook runs before every tool. A hook
 * that is too slow does not refuse, so its limit is a minute. OpenCode has a plugin for this (opencode-brake.js).
 */
const BRAKES: {
  readonly [Name in AgentName]?: { events: readonly string[]; handler: HookEntry['handler'] }
} = {
  claude: { events: ['PreToolUse'], handler: { type: 'command', timeout: 60 } },
  codex: { events: ['PreToolUse'], handler: { type: 'command', timeout: 60 } },
  // Milliseconds.
  gemini: {
    events: ['BeforeTool'],
    handler: { type: 'command', name: 'cross-agent-brake', timeout: 60_000 },
  },
  // Cursor asks some tools by events of their own, and older versions have no preToolUse.
  cursor: {
    events: ['preToolUse', 'beforeShellExecution', 'beforeMCPExecution', 'beforeReadFile', 'subagentStart'],
    handler: { timeout: 60 },
  },
}

/** The hooks that refuse an agent's tools while the brake is set (contract C25). */
export function brakeEntries(agent: AgentName, program: HookProgram, { haltFile }: Paths): HookEntry[] {
  const brake = BRAKES[agent]
  if (brake === undefined) return []
  const parts = { haltFile, node: program.node ?? '/usr/bin/node', program: program.program, agent }
  const command = brakeLine(parts)
  return brake.events.map((event) => ({ event, handler: { ...brake.handler, command } }))
}

/** Control characters, and those that are invisible or reorder text. */
const UNSEEN = /[\p{C}\p{Z}]+/gu
/** Characters of a reason that an agent is told. */
const LONGEST_REASON = 2_000

/** The refusal of a tool: exit code 2 and HALT's reason on standard error. Cursor takes the reason from JSON. */
export function refusal(agent: AgentName, halt: Halt): Reply {
  const said =
    halt === undefined
      ? 'halt active a moment ago: all tools were refused; try again'
      : `${haltMessage('halt active', halt)} (all tools are refused until a person runs cross-agent-resume)`
  const text = oneLine(said.replace(UNSEEN, ' ').slice(0, LONGEST_REASON))
  const json = { permission: 'deny', user_message: text, agent_message: text }
  const stdout = agent === 'cursor' ? jsonReply(json).stdout : ''
  return { stdout, stderr: `${text}\n`, exitCode: 2 }
}
