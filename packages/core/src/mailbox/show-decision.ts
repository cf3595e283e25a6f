import type { Header } from '../message/header'
import { type Json, toCompactJson, toJson } from '../text/json'
import { escapeAll } from '../text/terminal'
import type { Decision } from './decide'

export interface Style {
  readonly json: boolean
  readonly compact: boolean
}

/** A decision in the scripts' words and order. */
export function decisionFields(decision: Decision, header: Header) {
  return {
    decision: decision.decision,
    reason: decision.reason ?? null,
    message_type: header.get('MESSAGE_TYPE') ?? null,
    conversation_id: header.get('CONVERSATION_ID') ?? null,
    sequence: header.get('SEQUENCE') ?? null,
    timestamp: header.get('TIMESTAMP') ?? null,
    sha256: decision.sha256 ?? null,
  } satisfies Json
}

/** The decision as the scripts print it, the newline included. */
export function renderDecision(decision: Decision, header: Header, style: Style): string {
  const fields = decisionFields(decision, header)
  return style.json ? renderJson(fields, style) : renderFields(fields)
}

export function renderJson(fields: Json, { compact }: Style): string {
  return `${compact ? toCompactJson(fields) : toJson(fields)}\n`
}

/** The form for people: each field is one line, whatever its value holds (contract B44). */
export function renderFields(fields: Readonly<Record<string, string | null>>): string {
  return Object.entries(fields)
    .map(([name, value]) => (value === null ? '' : `${name}: ${escapeAll(value)}\n`))
    .join('')
}
