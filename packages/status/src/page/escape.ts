import { escapeBytes } from '@cac/core/text/raw-name'
import { escapeAll, escapeControls } from '@cac/core/text/terminal'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text that cannot be markup, in a text or between quotes; in one line, and with nothing that is invisible. */
export function inLine(text: string): string {
  return entities(escapeBytes(escapeAll(text)))
}

/** The same of a text with lines. */
export function inLines(text: string): string {
  return entities(escapeBytes(escapeControls(text.replace(/\r\n?/g, '\n'))))
}

function entities(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
