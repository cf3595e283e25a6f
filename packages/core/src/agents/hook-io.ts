import { createHash } from 'node:crypto'
import { decodeUtf8 } from '../fs/files'
import { type Json, toCompactJson } from '../text/json'
import { escapeBytes } from '../text/raw-name'
import { escapeAll } from '../text/terminal'
import type { AgentEvents, HookInput, Moment, Reply } from './agent'

/** Largest input that is read, in bytes. No prompt or tool result is this long. */
const LARGEST_INPUT = 16 * 1024 * 1024
const LONGEST_PATH = 4096

const SESSION_ID = /^[^\x00-\x1f\x7f-\x9f]{1,256}$/

/** The fields of a hook's input, as the agent sent them. */
type RawInput = Readonly<Record<string, unknown>>

/** The JSON object in `bytes`; undefined for anything else. */
export function readRawInput(bytes: Uint8Array): RawInput | undefined {
  if (bytes.length > LARGEST_INPUT) return undefined
  try {
    const value: unknown = JSON.parse(decodeUtf8(Buffer.from(bytes)) ?? '')
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Makes a hook's input from its parts. Each part may have any type. */
export function hookInputOf(
  {
    event,
    sessionId,
    cwd,
    isContinuation = false,
    answer,
    source,
  }: Partial<Record<keyof HookInput | 'source', unknown>>,
  events: AgentEvents,
): HookInput | undefined {
  if (typeof event !== 'string' || event === '' || typeof isContinuation !== 'boolean') return undefined
  if (typeof sessionId !== 'string' || !SESSION_ID.test(sessionId) || !sessionId.isWellFormed())
    return undefined
  if (!isAbsolutePath(cwd)) return undefined
  const moment = momentOf(event, events)
  const continues = moment === 'session-start' ? CONTINUES.get(source) : undefined
  return {
    event,
    moment,
    sessionId,
    cwd,
    isContinuation,
    answer: typeof answer === 'string' ? digestOf(answer) : undefined,
    continues,
  }
}

/** Gemini CLI's word for no answer. */
const NO_ANSWER = '[no response text]'

function digestOf(answer: string): string {
  return answer === '' || answer === NO_ANSWER ? '' : createHash('sha256').update(answer).digest('hex')
}

/** By the `source` of a session's start. */
const CONTINUES: ReadonlyMap<unknown, HookInput['continues']> = new Map<unknown, HookInput['continues']>([
  ['clear', 'cleared'],
  ['compact', 'compacted'],
])

/** Reads the field names that Claude Code, Codex, Gemini CLI and our OpenCode plugin share. */
export function readCommonInput(bytes: Uint8Array, events: AgentEvents): HookInput | undefined {
  const raw = readRawInput(bytes)
  if (raw === undefined) return undefined
  return hookInputOf(
    {
      event: raw.hook_event_name,
      sessionId: raw.session_id,
      cwd: raw.cwd,
      isContinuation: raw.stop_hook_active,
      answer: raw.prompt_response,
      source: raw.source,
    },
    events,
  )
}

/** Whether an event of this agent can carry context to it. */
export function takesContext(
  { event }: HookInput,
  { sessionStart, prompt, afterTool }: AgentEvents,
): boolean {
  return event === sessionStart || event === prompt || event === afterTool
}

function momentOf(event: string, { sessionStart, prompt, turnEnd }: AgentEvents): Moment {
  if (event === sessionStart) return 'session-start'
  if (event === prompt) return 'prompt'
  return event === turnEnd ? 'turn-end' : 'other'
}

function isAbsolutePath(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.startsWith('/') &&
    value.length <= LONGEST_PATH &&
    !value.includes('\0') &&
    value.isWellFormed()
  )
}

function isObject(value: unknown): value is RawInput {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Characters. Claude Code, Codex and Cursor cut text after 10,000. */
const LONGEST_TEXT = 9_000

const NOTHING: Reply = { stdout: '', stderr: '', exitCode: 0 }

/** No output and exit code 0: the agent goes on as if there were no hook. */
export function nothing(): Reply {
  return NOTHING
}

/** JSON on standard output, in plain ASCII. Strict readers accept it: it has no lone surrogate escapes. */
export function jsonReply(value: { readonly [key: string]: Json }): Reply {
  return { stdout: `${toCompactJson(value)}\n`, stderr: '', exitCode: 0 }
}

/** Text for an agent: one line. Control characters and bytes that are not UTF-8 are escaped. */
export function oneLine(text: string): string {
  return escapeBytes(escapeAll(text)).trim().slice(0, LONGEST_TEXT).toWellFormed()
}

/** Context in the form that Claude Code, Codex and Gemini CLI share. */
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
