/** The text of a valid message; fields given as undefined are left out. */
export function messageText(fields: Record<string, string | undefined> = {}, body = 'Hello.\n'): string {
  const header: Record<string, string | undefined> = {
    TITLE: 'A question',
    CONVERSATION_ID: 'talk',
    MESSAGE_TYPE: 'request',
    SEQUENCE: '1',
    TIMESTAMP: '2026-04-27T04:11:42-05:00',
    PROTOCOL_VERSION: '5',
    ...fields,
  }
  const lines = Object.entries(header).filter(([, value]) => value !== undefined)
  return `${lines.map(([key, value]) => `#+${key}: ${value}\n`).join('')}\n${body}`
}
