import type { Fork, Gap, ThreadMessage } from '@cac/core/mailbox/thread'
import type { SignatureState } from '@cac/core/mailbox/thread-signatures'
import { counted } from '@cac/core/text/counted'
import { fold, SCREEN_WIDTH } from '@cac/core/text/fold'
import { type Json, toJson } from '@cac/core/text/json'
import { escapeBytes } from '@cac/core/text/raw-name'
import { escapeAll } from '@cac/core/text/terminal'
import { gapText } from './gap-text'
import { takeJson, takeText } from './render-take'

/** The messages of a conversation that are on this machine. `signatures` are in the order of the messages. */
export interface Thread {
  readonly conversation: string
  readonly messages: readonly ThreadMessage[]
  readonly signatures: readonly SignatureState[]
  readonly gaps: readonly Gap[]
  readonly forks: readonly Fork[]
}

const INDENT = '    '
/** The most characters of a field that shares its line. */
const LONGEST_FIELD = 40

/** For people. Headers, names and keys may hold any text. None of it forges a line (contract B44). */
export function renderThread({ conversation, messages, signatures, gaps, forks }: Thread): string {
  const [waiting, taken] = (['waiting', 'taken'] as const).map(
    (wanted) => messages.filter(({ state }) => state === wanted).length,
  )
  const counts = `${waiting} waiting${taken ? `, ${taken} taken` : ''}`
  const lines = [
    cut(shown(`${conversation}: ${counted(messages.length, 'message')} on this machine, ${counts}`)),
    ...messages.flatMap((message, index) => ['', ...linesOf(message, signatures[index])]),
    ...(gaps.length + forks.length > 0 ? [''] : []),
    ...(gaps.length > 0
      ? [fold(`⚠ not on this machine, so sent to another or lost: ${gapText(gaps)}`, '  ')]
      : []),
    ...forks.map(({ sequence, messages: { length } }) =>
      fold(`⚠ fork: ${length} different messages are number ${shortened(String(sequence))}`, '  '),
    ),
  ]
  return `${lines.join('\n')}\n`
}

function linesOf(message: ThreadMessage, signature: SignatureState | undefined): string[] {
  const { path, project, from = '?', state } = message
  const field = (name: string) => shortened(message.header.get(name) || '?')
  const first = [field('SEQUENCE'), field('TIMESTAMP'), field('MESSAGE_TYPE'), state].join('  ')
  return [
    fold(shown(first), INDENT),
    cut(shown(`${INDENT}${shortened(from)} → ${shortened(project)}: ${message.header.get('TITLE') || '?'}`)),
    INDENT + fold(shown(signatureText(signature)), INDENT, INDENT.length),
    ...(message.taken === undefined ? [] : [shown(INDENT + takeText(message.taken))]),
    shown(`${INDENT}${path}`),
  ]
}

function signatureText(signature: SignatureState | undefined): string {
  if (signature === undefined || 'notChecked' in signature) return 'signature not checked'
  if ('distrust' in signature) return `✗ ${signature.distrust}`
  return `✓ signed by ${signature.signers.map(({ userId, primary }) => `${userId} ${primary}`).join(', ')}`
}

/** For programs. */
export function threadJson({ conversation, messages, signatures, gaps, forks }: Thread): string {
  const json = {
    conversation_id: conversation,
    messages: messages.map((message, index) => messageJson(message, signatures[index])),
    gaps: gaps.map(({ first, last }) => ({ first: String(first), last: String(last) })),
    forks: forks.map((fork) => ({
      sequence: String(fork.sequence),
      paths: fork.messages.map(({ path }) => path),
    })),
  }
  return `${toJson(json)}\n`
}

function messageJson(
  { path, project, from, header, state, taken }: ThreadMessage,
  signature: SignatureState | undefined,
): Json {
  const field = (name: string) => header.get(name) ?? null
  return {
    path,
    project,
    from: from ?? null,
    message_type: field('MESSAGE_TYPE'),
    sequence: field('SEQUENCE'),
    timestamp: field('TIMESTAMP'),
    title: field('TITLE'),
    state,
    ...takeJson(taken),
    signature: signatureJson(signature),
  }
}

function signatureJson(signature: SignatureState | undefined): Json {
  if (signature === undefined || 'notChecked' in signature)
    return { state: 'not checked', reason: null, signers: [] }
  if ('distrust' in signature) return { state: 'bad', reason: signature.distrust, signers: [] }
  const signers = signature.signers.map(({ userId, primary }) => ({ user_id: userId, fingerprint: primary }))
  return { state: 'good', reason: null, signers }
}

function shortened(text: string): string {
  const characters = Array.from(text)
  return characters.length > LONGEST_FIELD ? `${characters.slice(0, LONGEST_FIELD - 1).join('')}…` : text
}

function cut(line: string): string {
  const characters = Array.from(line)
  return characters.length > SCREEN_WIDTH ? `${characters.slice(0, SCREEN_WIDTH - 1).join('')}…` : line
}

function shown(text: string): string {
  return escapeBytes(escapeAll(text))
}
