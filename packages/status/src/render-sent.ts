import type { Sent } from '@cac/core/delivery/sent-message'
import { isUnattended, unattendedAmong, unattendedLine } from '@cac/core/delivery/unattended'
import { type Json, toJson } from '@cac/core/text/json'
import { padEnd, textLength } from '@cac/core/text/python-text'
import { escapeAll } from '@cac/core/text/terminal'
import { utcIso } from '@cac/core/text/utc'
import { age, ageInSeconds } from './age'
import { takeJson } from './render-take'
import type { SentReport } from './sent'

const TITLES = ['to', 'stage', 'since', 'message']

/** As a table. Texts of headers and peers are escaped (contract B44). */
export function renderSent(report: SentReport): string {
  const { sent, unreached, project, conversation, now } = report
  const lines: string[] = []
  if (sent.length > 0) {
    const rows = [TITLES, ...sent.map((message) => cells(message, now).map(escapeAll))]
    const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => textLength(row[column] ?? ''))))
    for (const row of rows) {
      const padded = row.map((cell, column) =>
        padEnd(cell, column === TITLES.length - 1 ? 0 : (widths[column] ?? 0)),
      )
      lines.push(padded.join('  ').trimEnd())
    }
  } else if (unreached.length === 0 && conversation !== undefined)
    lines.push(
      `not there: nothing of ${escapeAll(conversation)} from ${escapeAll(project)} lies in any inbox`,
    )
  else lines.push(`nothing found that ${escapeAll(project)} sent`)
  for (const unattended of unattendedAmong(sent, now))
    lines.push(`⚠ ${escapeAll(unattendedLine(unattended, now))}`)
  for (const { name, host, problem } of unreached)
    lines.push(`⚠ peer not reached: ${escapeAll(`${name} (${host}): ${problem}`)}`)
  return `${lines.join('\n')}\n`
}

function cells({ to, stage, since, taken, conversation, sequence, title }: Sent, now: number): string[] {
  const when = since === undefined ? '—' : age(ageInSeconds(now, since))
  const what = taken === undefined ? stage : `taken by ${taken.by}`
  return [to, what, when, `${conversation} #${sequence} ${title}`]
}

/** As JSON, the newline included. */
export function sentJson({ project, conversation, halted, now, sent, unreached }: SentReport): string {
  const messages: Json[] = sent.map((message) => ({
    to: message.to,
    filename: message.name,
    conversation_id: message.conversation,
    sequence: message.sequence,
    title: message.title,
    stage: message.stage,
    since: message.since === undefined ? null : utcIso(message.since),
    ...(isUnattended(message, now) ? { unattended: true } : {}),
    ...takeJson(message.taken),
  }))
  const isGone = conversation !== undefined && sent.length === 0 && unreached.length === 0
  return `${toJson({
    scanned_at: utcIso(now),
    halt_active: halted,
    project,
    ...(conversation === undefined ? {} : { conversation_id: conversation, not_there: isGone }),
    sent: messages,
    peers_not_reached: unreached.map(({ name, host, problem }) => ({ name, host, error: problem })),
  })}\n`
}
