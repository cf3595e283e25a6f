import { fileName } from '@cac/core/fs/paths'
import type { WaitingMessage } from '@cac/core/mailbox/mailbox'
import { senderInName } from '@cac/core/message/message-name'
import type { Json } from '@cac/core/text/json'
import { pathWord } from '@cac/core/text/shell'
import { escapeAll } from '@cac/core/text/terminal'
import { age, ageInSeconds } from './age'

/** The list is laid out for terminals with this many columns. Paths are never cut. */
const WIDTH = 80

/**
 * The waiting messages, for people: two lines per message, project by project, in the order of handling. Headers are
 * unverified, and escaped (contract B44).
 */
export function renderMessages(messages: readonly WaitingMessage[], now: number): string {
  if (messages.length === 0) return ''
  const lines = messages.flatMap((message) => {
    const { path, project, header, modified } = message
    const what =
      header === undefined
        ? 'unreadable'
        : `${valueIn(message, 'MESSAGE_TYPE')} ${valueIn(message, 'SEQUENCE')}`
    const line = `${project}: ${what} from ${senderOf(message) ?? '?'}, ${age(ageInSeconds(now, modified))}: ${valueIn(message, 'TITLE')}`
    return [cut(escapeAll(line)), `  ${pathWord(path)}`]
  })
  return `\nwaiting, not verified yet (read with: cross-agent-recv --show FILE)\n${lines.join('\n')}\n`
}

/** The messages that wait in an inbox, for programs. */
export function messagesJson(messages: readonly WaitingMessage[], now: number): Json[] {
  return messages.map((message) => messageJson(message, now))
}

function messageJson(message: WaitingMessage, now: number): Json {
  const { path, header, modified } = message
  return {
    path,
    from: senderOf(message) ?? null,
    message_type: header?.get('MESSAGE_TYPE') ?? null,
    conversation_id: header?.get('CONVERSATION_ID') ?? null,
    sequence: header?.get('SEQUENCE') ?? null,
    timestamp: header?.get('TIMESTAMP') ?? null,
    title: header?.get('TITLE') ?? null,
    age_seconds: ageInSeconds(now, modified),
  }
}

/** FROM, else the sender in the file name. */
function senderOf({ path, header }: WaitingMessage): string | undefined {
  return header?.get('FROM') ?? senderInName(fileName(path), header?.get('CONVERSATION_ID') ?? '')
}

function valueIn({ header }: WaitingMessage, field: string): string {
  return header?.get(field) || '?'
}

function cut(line: string): string {
  const characters = Array.from(line)
  return characters.length > WIDTH ? `${characters.slice(0, WIDTH - 1).join('')}…` : line
}
