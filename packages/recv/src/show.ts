import { fileName } from '@cac/core/fs/paths'
import type { Finding } from '@cac/core/inbox/decide'
import { liesInDone, nameBeforeDone } from '@cac/core/inbox/done-name'
import { bodyOf } from '@cac/core/message/body'
import { senderInName } from '@cac/core/message/message-name'
import { escapeAll } from '@cac/core/text/terminal'
import { decisionFields, renderFields, renderJson, type Style } from './decision'

interface ShowStyle extends Style {
  /** Whether nobody asked for the signature to be verified. */
  readonly unverified: boolean
}

/** All that is shown of a message. */
interface Shown extends Finding {
  readonly path: string
  /** By the file name, which nobody has signed. */
  readonly sender: string | undefined
  /** Undefined where it is withheld. */
  readonly body: string | undefined
}

/**
 * The decision and the message: who signed, from, to, title and body, the newline included (contract C12). The body
 * only of what is not rejected and whose signature is good, or was not to be looked at.
 */
export function renderMessage(path: string, finding: Finding, style: ShowStyle): string {
  const { decision, header, bytes, signers } = finding
  const isOpen = decision.decision !== 'reject' && (signers.length > 0 || style.unverified)
  const shown = {
    ...finding,
    path,
    sender: senderOf(path, header.get('CONVERSATION_ID') ?? ''),
    body: isOpen ? bytes && bodyOf(bytes.toString()) : undefined,
  }
  return style.json ? asJson(shown, style) : asText(shown)
}

function asJson({ decision, header, signers, path, sender, body }: Shown, style: Style): string {
  const further = {
    path,
    signers: signers.map(({ userId, primary }) => ({ user_id: userId, fingerprint: primary })),
    from: header.get('FROM') ?? null,
    sender: sender ?? null,
    to: header.get('TO') ?? null,
    title: header.get('TITLE') ?? null,
    in_reply_to: header.get('IN_REPLY_TO') ?? null,
    body: body ?? null,
  }
  return renderJson({ ...decisionFields(decision, header), ...further }, style)
}

/** The lines of one field each, an empty line, the body. Our own `file:` stands before all that only the sender says. */
function asText(shown: Shown): string {
  const { decision, header, signers, path, body } = shown
  const lines = [
    ['file', path],
    ...(signers.length > 0
      ? signers.map(({ userId, primary }) => ['signed by', `${userId} ${primary}`])
      : [['signed by', 'nobody']]),
    ['from', fromOf(shown)],
    ['to', header.get('TO')],
    ['title', header.get('TITLE')],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${escapeAll(value)}\n`]))
  const why = decision.decision === 'reject' ? 'the message is rejected' : 'no good signature vouches for it'
  const end = body ?? `(body withheld: ${why}; it is in ${escapeAll(path)})\n`
  return `${renderFields(decisionFields(decision, header))}${lines.join('')}\n${end}`
}

function fromOf({ header, signers, sender }: Shown): string | undefined {
  const from = header.get('FROM')
  if (from !== undefined) return signers.length > 0 ? from : `${from} (not verified)`
  return sender === undefined ? undefined : `${sender} (by the file name, not signed)`
}

function senderOf(path: string, conversation: string): string | undefined {
  const name = fileName(path)
  return senderInName(liesInDone(path) ? nameBeforeDone(name, conversation) : name, conversation)
}
