import type { Agent, AgentName } from './agent'
import { claude } from './claude'
import { codex } from './codex'
import { cursor } from './cursor'
import { gemini } from './gemini'
import { opencode } from './opencode'

/** Every agent by its name. */
export const AGENTS: { readonly [Name in AgentName]: Agent } = { claude, codex, gemini, cursor, opencode }
