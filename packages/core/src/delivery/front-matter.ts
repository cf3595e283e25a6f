import { reasonOf } from '../fs/system-error'
import { repr, trim } from '../text/python-text'
import { NESTING_LIMIT, readYaml } from './yaml'

/** The content of front matter, or why it cannot become a header (contract C4). */
export type FrontMatter =
  | {
      readonly is: 'fields'
      /** `KEY` to value, in the order of the text. */
      readonly fields: ReadonlyMap<string, string>
      /** Everything after the closing line, unchanged. */
      readonly body: string
    }
  | {
      readonly is: 'unmappable'
      /** One line that names what cannot be mapped. */
      readonly problem: string
      readonly hint: string
    }

const OPENING = /^\ufeff?---[ \t]*\r?\n/
const CLOSING = /\n---[ \t]*(?:\r?\n|\r?$)/g
/** Characters. gray-matter takes quadratic time for blank lines: this many take a tenth of a second. */
const LONGEST_BLOCK = 16 * 1024
const KEY = /^[A-Za-z_-]+$/
/** YAML forbids such a tab. The parser guesses: the line becomes a field or part of the previous line. */
const TAB_INDENTED = /^ *\t[ \t]*([^\s].*)/m
const LINE_ENDS_AND_CONTROLS = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/
const LONGEST_QUOTED = 60

/** Whether a text's first line is `---`. Loads no library. */
export function beginsFrontMatter(text: string): boolean {
  return OPENING.test(text)
}

/**
 * The YAML front matter at the top of `text`; undefined if its first line is not `---`. Dates and numbers stay as
 * written. Reads no language other than YAML, and no YAML tags or aliases.
 */
export async function readFrontMatter(text: string): Promise<FrontMatter | undefined> {
  const opening = OPENING.exec(text)
  if (opening === null) return undefined
  // The preceding line end belongs to the closing line, so that a block may be empty.
  CLOSING.lastIndex = opening[0].length - 1
  const closing = CLOSING.exec(text)
  if (closing === null) {
    return unmappable('front matter has no closing line ---', 'end it with a line --- before the text')
  }
  const block = text.slice(opening[0].length, closing.index)
  if (block.length > LONGEST_BLOCK) {
    return unmappable(
      `front matter is longer than ${LONGEST_BLOCK} characters`,
      'move the long part to the text',
    )
  }
  const tab = TAB_INDENTED.exec(block)
  if (tab !== null) {
    return unmappable(
      `front matter has a tab before ${quote(tab[1] ?? '')}`,
      'indent with spaces, or not at all',
    )
  }
  const body = text.slice(closing.index + closing[0].length)
  return toFields(await parse(block), body)
}

type Parsed = { readonly data: unknown } | { readonly problem: string }

async function parse(block: string): Promise<Parsed> {
  // Loaded only here: few messages have front matter, and both libraries load slowly.
  const { default: matter } = await import('gray-matter')
  const yaml = await readYaml()
  const refuse = () => {
    throw new Error('only YAML is read')
  }
  try {
    const engines = { yaml, json: refuse, javascript: refuse, coffee: refuse, toml: refuse }
    const { data, content } = matter(`---\n${block}\n---\n`, { engines, language: 'yaml', eval: false })
    // It treats any line that begins with dashes as the closing line.
    return content === '' ? { data } : { problem: 'front matter has a line that begins with ---' }
  } catch (error) {
    return { problem: `front matter cannot be read: ${describe(error, block)}` }
  }
}

/** The parser's first words, and the line that they refer to. */
function describe(error: unknown, block: string): string {
  if (error instanceof RangeError) return NESTING_LIMIT
  const [reason = ''] = reasonOf(error).split(/ at line \d+/)
  const mark = error instanceof Error && 'mark' in error ? error.mark : undefined
  const at = typeof mark === 'object' && mark !== null && 'line' in mark ? Number(mark.line) : undefined
  // gray-matter leaves a line end at the start of the block.
  const line = at === undefined ? undefined : block.split('\n')[at - 1]
  return line === undefined ? reason : `${reason} in ${quote(line.trimEnd())}`
}

function toFields(parsed: Parsed, body: string): FrontMatter {
  if ('problem' in parsed) return unmappable(parsed.problem, 'write one KEY: value on each line')
  const { data } = parsed
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return unmappable('front matter holds no fields', 'write one KEY: value on each line')
  }
  const fields = new Map<string, string>()
  const spellings = new Map<string, string>()
  for (const [key, value] of Object.entries(data)) {
    const field = key.toUpperCase().replaceAll('-', '_')
    const earlier = spellings.get(field)
    const text = plainText(value)
    if (!KEY.test(key)) {
      return unmappable(`front matter key ${quote(key)} is not a field name`, 'use letters, - and _ only')
    }
    if (earlier !== undefined) {
      const keys = `${quote(earlier)} and ${quote(key)}`
      return unmappable(`front matter keys ${keys} are both ${field}`, 'keep one of them')
    }
    if (typeof text !== 'string') {
      return unmappable(
        `front matter key ${quote(key)} ${text.fault}`,
        'give it one line, or a list of plain values',
      )
    }
    spellings.set(field, key)
    fields.set(field, text)
  }
  return { is: 'fields', fields, body }
}

/** The value as field text, or the fault in it. A key without a value is an empty field. */
function plainText(value: unknown): string | { readonly fault: string } {
  if (value === null) return ''
  if (typeof value === 'string') {
    if (!value.isWellFormed()) return { fault: 'has a value that is not Unicode text' }
    const text = trim(value)
    return LINE_ENDS_AND_CONTROLS.test(text) ? { fault: 'has a value of several lines' } : text
  }
  if (!Array.isArray(value)) return { fault: 'holds further keys' }
  const items: string[] = []
  for (const item of value) {
    if (typeof item !== 'string') return { fault: 'holds a list of values that are not plain' }
    const text = plainText(item)
    if (typeof text !== 'string') return text
    items.push(text)
  }
  return items.join(', ')
}

function unmappable(problem: string, hint: string): FrontMatter {
  return { is: 'unmappable', problem, hint }
}

function quote(text: string): string {
  const characters = Array.from(text)
  return repr(characters.length > LONGEST_QUOTED ? `${characters.slice(0, LONGEST_QUOTED).join('')}…` : text)
}
