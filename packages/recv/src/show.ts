import { fileName } from '@cac/core/fs/paths'
import { bareReason } from '@cac/core/mailbox/bare-reason'
import type { Finding } from '@cac/core/mailbox/decide'
import type { Take } from '@cac/core/mailbox/takes'
import { bodyOf } from '@cac/core/message/body'
import { nameBefore } from '@cac/core/message/done-name'
import { senderInName } from '@cac/core/message/message-name'
import { cutText } from '@cac/core/text/fold'
import { isLong, type Json, jsonEndingWith } from '@cac/core/text/json'
import { pathWord } from '@cac/core/text/shell'
import { escapeAll } from '@cac/core/text/terminal'
import { utcSecond } from '@cac/core/text/utc'

import { decisionFields, renderFields, renderJson, type Style } from './decision'

/** Characters of a field that are shown to people: a title may have 64 KB. */
const LONGEST_FIELD = 300

interface ShowStyle extends Style {
  /** Whether verification of the signature was switched off. */
  readonly unverified: boolean
  /** Who has taken it (contract C21). */
  readonly taken?: Take | undefined
  /** With --take: how many later messages of its conversation wait. */
  readonly later?: number
}

/** Everything that is shown of a message. */
interface Shown extends Finding {
  readonly path: string
  /** From the file name, which is not signed. */
  readonly sender: string | undefined
  readonly body: string
}

/**
 * The decision and the message: who signed, from, to, title and body, the newline included (contract C12). The message
 * is shown only if it is not rejected and its signature is good or was not to be verified. Otherwise only the reason
 * and the path are shown, because the text is unverified (contract B68). The result comes in pieces, because a body may
 * be very long (contract B74).
 */
export function renderMessage(path: string, finding: Finding, style: ShowStyle): Iterable<string> {
  const { decision, header, bytes, signers } = finding
  const isOpen = decision.decision !== 'reject' && (signers.length > 0 || style.unverified)
  if (!isOpen) return [renderWithheld(path, finding, style)]
  const conversation = header.get('CONVERSATION_ID') ?? ''
  const shown = {
    ...finding,
    path,
    sender: senderInName(nameBefore(path, conversation), conversation),
    body: bytes === undefined ? '' : bodyOf(bytes.toString()),
  }
  return style.json ? asJson(shown, style) : asText(shown, style)
}

function renderWithheld(path: string, { decision, header, signers }: Finding, style: ShowStyle): string {
  const foreign = [...header.values(), fileName(path)]
  const reason = decision.reason === undefined ? undefined : bareReason(decision.reason, foreign)
  const bare = { decision: decision.decision, ...(reason === undefined ? {} : { reason }) }
  const fields = decisionFields(bare, new Map())
  const fingerprints = signers.map(({ primary }) => primary)
  if (style.json) {
    // The maker of a key chose the name on it.
    const keys = fingerprints.map((fingerprint) => ({ user_id: null, fingerprint }))
    const nothing = { from: null, sender: null, to: null, title: null, in_reply_to: null }
    return renderJson({ ...fields, path, signers: keys, ...nothing, ...takeJson(style), body: null }, style)
  }
  const signed = (fingerprints.length > 0 ? fingerprints : ['nobody']).map((who) => `signed by: ${who}\n`)
  const why = decision.decision === 'reject' ? 'the message is rejected' : 'no good signature vouches for it'
  const end = `(body withheld: ${why}; it is in ${pathWord(path)})\n`
  return `${renderFields(fields)}file: ${pathWord(path)}\n${takeLines(style)}${signed.join('')}\n${end}`
}

function asJson(
  { decision, header, signers, path, sender, body }: Shown,
  style: ShowStyle,
): Iterable<string> {
  const further = {
    path,
    signers: signers.map(({ userId, primary }) => ({ user_id: userId, fingerprint: primary })),
    from: header.get('FROM') ?? null,
    sender: sender ?? null,
    to: header.get('TO') ?? null,
    title: header.get('TITLE') ?? null,
    in_reply_to: header.get('IN_REPLY_TO') ?? null,
    ...takeJson(style),
  }
  const fields = { ...decisionFields(decision, header), ...further }
  return jsonEndingWith(fields, 'body', body, (value) => renderJson(value, style))
}

/** One line per field, an empty line, the body. Our own `file:` comes before the sender's claims. */
function asText(shown: Shown, style: ShowStyle): Iterable<string> {
  const { decision, header, signers, path, body } = shown
  const lines = [
    ...(signers.length > 0
      ? signers.map(({ userId, primary }) => ['signed by', `${cutText(userId, LONGEST_FIELD)} ${primary}`])
      : [['signed by', 'nobody']]),
    ['from', fromOf(shown)],
    ['to', header.get('TO')],
    ['title', header.get('TITLE')],
  ].flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${escapeAll(cutText(value, LONGEST_FIELD))}\n`],
  )
  const fields = Object.entries(decisionFields(decision, header)).map(
    ([name, value]) => [name, value === null ? null : cutText(value, LONGEST_FIELD)] as const,
  )
  const before = `${renderFields(Object.fromEntries(fields))}file: ${pathWord(path)}\n${takeLines(style)}${lines.join('')}\n`
  return isLong(body) ? [before, body] : [before + body]
}

/** Only what is taken says so: other output is as before. */
function takeLines({ taken, later = 0 }: ShowStyle): string {
  if (taken === undefined) return ''
  const [since, until] = [taken.since, taken.until].map(utcSecond)
  const lines = [`taken by: ${escapeAll(taken.by)}, since ${since}, until ${until}`]
  if (later > 0) lines.push(`later: ${later} more of this conversation ${later === 1 ? 'waits' : 'wait'}`)
  return `${lines.join('\n')}\n`
}

function takeJson({ taken, later }: ShowStyle): { readonly [key: string]: Json } {
  if (taken === undefined) return {}
  const { by, since, until } = taken
  return {
    taken: { by, since: utcSecond(since), until: utcSecond(until) },
    ...(later === undefined ? {} : { later }),
  }
}

function fromOf({ header, signers, sender }: Shown): string | undefined {
  const from = header.get('FROM')
  if (from !== undefined) return signers.length > 0 ? from : `${from} (not verified)`
  return sender === undefined ? undefined : `${sender} (by the file name, not signed)`
}
