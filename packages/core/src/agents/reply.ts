import { type Json, toCompactJson } from '../text/json'
import { escapeBytes } from '../text/raw-name'
import { escapeAll } from '../text/terminal'
import type { Reply } from './agent'

/** Characters. Claude Code, Codex and Cursor cut what is longer than 10,000. */
const LONGEST_TEXT = 9_000

const NOTHING: Reply = { stdout: '', stderr: '', exitCode: 0 }

/** No output, and no objection: what the agent would do without us. */
export function nothing(): Reply {
  return NOTHING
}

/** JSON on standard output. Plain ASCII, and strict readers understand it too: no escape stands alone for half a character. */
export function jsonReply(value: { readonly [key: string]: Json }): Reply {
  return { stdout: `${toCompactJson(value)}\n`, stderr: '', exitCode: 0 }
}

/** Text for an agent: one line, nothing in it that controls a terminal, bytes that are not UTF-8 escaped. */
export function oneLine(text: string): string {
  return escapeBytes(escapeAll(text)).trim().slice(0, LONGEST_TEXT).toWellFormed()
}

/** The context that Claude Code, Codex and Gemini CLI take in the same form. */
export function contextReply(event: string, text: string): Reply {
  const line = oneLine(text)
  if (line === '') return nothing()
  return jsonReply({ hookSpecificOutput: { hookEventName: event, additionalContext: line } })
}

/** Refuses the end of a turn. Agents reject a refusal without a reason. */
export function decisionReply(decision: 'block' | 'deny', reason: string): Reply {
  const line = oneLine(reason)
  return line === '' ? nothing() : jsonReply({ decision, reason: line })
}
