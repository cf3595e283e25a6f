import { fileName } from '@cac/core/fs/paths'
import type { WaitingMessage } from '@cac/core/mailbox/mailbox'
import { senderInName } from '@cac/core/message/message-name'
import type { Json } from '@cac/core/text/json'
import { pathWord } from '@cac/core/text/shell'
import { escapeAll } from '@cac/core/text/terminal'
import { age, ageInSeconds } from './age'
import { takeJson, takeText } from './render-take'
import type { Takes } from './rows'

/** The list is laid out for terminals with this many columns. Paths are never cut. */
const WIDTH = 80

/**
 * The waiting messages, for people: two lines per message, project by project, in the order of handling. A third says
 * who has taken it. Headers are unverified, and escaped (contract B44).
 */
export function renderMessages(messages: readonly WaitingMessage[], takes: Takes, now: number): string {
  if (messages.length === 0) return ''
  const lines = messages.flatMap((message) => {
    const { path, project, header, modified } = message
    const what =
      header === undefined
        ? 'unreadable'
        : `${valueIn(message, 'MESSAGE_TYPE')} ${valueIn(message, 'SEQUENCE')}`
    const line = `${project}: ${what} from ${senderOf(message) ?? '?'}, ${age(ageInSeconds(now, modified))}: ${valueIn(message, 'TITLE')}`
    const taken = takes.get(path)
    return [
      cut(escapeAll(line)),
      `  ${pathWord(path)}`,
      ...(taken === undefined ? [] : [escapeAll(`  ${takeText(taken)}`)]),
    ]
  })
  return `\nwaiting, not verified yet (read with: cross-agent-recv --show FILE)\n${lines.join('\n')}\n`
}

/** The messages that wait in an inbox, for programs. */
export function messagesJson(messages: readonly WaitingMessage[], takes: Takes, now: number): Json[] {
  return messages.map((message) => messageJson(message, takes, now))
}

function messageJson(message: WaitingMessage, takes: Takes, now: number): Json {
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
    ...takeJson(takes.get(path)),
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
