// @ts-check
import { readFileSync } from 'node:fs'

/** @import { FileParts } from './types' */

const TEMPLATES = /** @type {Record<string, Record<string, string>>} */ (
  JSON.parse(readFileSync(new URL('cases/templates.json', import.meta.url), 'utf8'))
)

const LONG_TEXT = 'a long text '.repeat(25_000)
/** @type {Record<string, string[]>} */
const LONG_LINES = {
  '{words}': Array.from({ length: 10_000 }, (_, at) => `words in line ${at}`),
  '{keys}': Array.from({ length: 10_000 }, (_, at) => `#+SOME_KEY: value ${at}`),
}

/**
 * Text of a message: a template's header with the given fields changed, and a body.
 * @param {FileParts} parts
 */
export function messageText(parts) {
  const template = TEMPLATES[parts.message ?? 'request']
  if (template === undefined) throw new Error(`no message template ${parts.message}`)
  const header = Object.entries({ ...template, ...parts.header })
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `#+${key}: ${value}`)
  const lines = (parts.lines ?? ['{header}', '', 'The kettle boils at noon.']).flatMap((line) =>
    line === '{header}' ? header : (LONG_LINES[line] ?? [line.replaceAll('{long}', LONG_TEXT)]),
  )
  const eol = parts.eol ?? '\n'
  return lines.join(eol) + (parts.open ? '' : eol)
}
