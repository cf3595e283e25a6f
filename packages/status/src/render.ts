import type { Waiting } from '@cac/core/mailbox/entry'
import type { Inbox } from '@cac/core/project/projects'
import { type Json, toJson } from '@cac/core/text/json'
import { padEnd, textLength } from '@cac/core/text/python-text'
import { escapeAll } from '@cac/core/text/terminal'
import { utcIso } from '@cac/core/text/utc'
import { age, ageInSeconds } from './age'

/** A project and the messages that wait in its inbox. */
export interface Row extends Inbox, Waiting {}

/** Everything a run found; `now` in milliseconds since the epoch. */
export interface Snapshot<Shown extends Row = Row> {
  readonly now: number
  readonly halted: boolean
  readonly rows: readonly Shown[]
  /** How many messages could not be sent and are kept (contract C2). */
  readonly kept: number
  readonly held: readonly Held[]
}

/** A conversation that wakes no session for now (contract C24); `until` in milliseconds since the epoch. */
export interface Held {
  readonly project: string
  readonly conversation: string
  readonly until: number
  /** For people: no name can forge a line. */
  readonly line: string
}

/** The snapshot as JSON, the newline included. If `messagesOf` is given, each row gets its result. */
export function renderJson<Shown extends Row>(
  { now, halted, rows, kept, held }: Snapshot<Shown>,
  messagesOf?: (row: Shown, now: number) => readonly Json[],
): string {
  const projects: Json[] = rows.map((row) => ({
    name: row.project,
    pending_count: row.pending,
    most_recent:
      row.latest === undefined
        ? null
        : { filename: row.latest.name, age_seconds: ageInSeconds(now, row.latest.modified) },
    ...(row.unparseable > 0 ? { unparseable_count: row.unparseable } : {}),
    ...(row.aside > 0 ? { aside_count: row.aside } : {}),
    ...(messagesOf === undefined ? {} : { messages: messagesOf(row, now) }),
  }))
  const heldBack = held.map(({ project, conversation, until }) => ({
    project,
    conversation,
    until: utcIso(until),
  }))
  return `${toJson({
    scanned_at: utcIso(now),
    halt_active: halted,
    projects,
    ...(kept > 0 ? { outbox_count: kept } : {}),
    ...(held.length > 0 ? { wakes_held_back: heldBack } : {}),
  })}\n`
}

/** The snapshot as a table. Below it: warnings (contract A6), and what lies aside (C22). No name can forge a line (contract B44). */
export function renderTable(snapshot: Snapshot): string {
  const held = snapshot.held.map(({ line }) => `${line}\n`)
  return tableOf(snapshot) + keptLine(snapshot.kept) + held.join('')
}

function keptLine(kept: number): string {
  if (kept === 0) return ''
  const what =
    kept === 1
      ? '1 message that could not be sent is kept'
      : `${kept} messages that could not be sent are kept`
  return `⚠ ${what}: cross-agent-send --retry-failed\n`
}

function tableOf({ now, rows: found }: Snapshot): string {
  const rows = found.map((row) => ({ ...row, project: escapeAll(row.project) }))
  if (rows.length === 0) return 'No projects with inbox/from-agents/ found — 0 pending.\n'
  const width = rows.reduce((most, row) => Math.max(most, textLength(row.project)), 'project'.length)
  const lines = [`${padEnd('project', width)}  pending  most-recent`]
  for (const { project, pending, latest } of rows) {
    const recent =
      latest === undefined ? '—' : `${escapeAll(latest.name)} (${age(ageInSeconds(now, latest.modified))})`
    lines.push(`${padEnd(project, width)}  ${padEnd(String(pending), 7)}  ${recent}`)
  }
  for (const { project, unparseable } of rows) {
    if (unparseable > 0) lines.push(`⚠ ${unparseable} files unparseable in ${project}`)
  }
  for (const { project, aside } of rows) {
    if (aside > 0) lines.push(`${aside} ${aside === 1 ? 'message' : 'messages'} aside in ${project}`)
  }
  return `${lines.join('\n')}\n`
}
