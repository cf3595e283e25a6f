/**
 * The few rules of Python's text handling that are visible in the commands' interface (contract, rule 1):
 * blanks, line ends, `repr()`, `int()` and sorting.
 */

const BLANK_BEYOND_ASCII = /[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

// Loops over characters, not regular expressions: an expression anchored at the end takes quadratic time, and compiling
// those of a header costs a short-lived process more than reading its messages.
function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  if (code < 0x80) return code <= 0x20 && ((code >= 0x09 && code <= 0x0d) || code >= 0x1c)
  return BLANK_BEYOND_ASCII.test(text.charAt(index))
}

/** Removes what `str.strip()` removes. */
export function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text, start)) start++
  while (end > start && isBlank(text, end - 1)) end--
  return text.slice(start, end)
}

/** One line end of `str.splitlines()`. */
export const LINE_END = /\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/g

const MOST_DIGITS = 4300

/** Reads an integer as `int()` does: blanks around it, `_` between digits, digits of any script. */
export function parseInteger(text: string): bigint | undefined {
  // Only unusual texts need the tables of Unicode, which are slow to load.
  if (/^\d{1,15}$/.test(text)) return BigInt(text)
  const match = /^([+-]?)(\p{Nd}+(?:_\p{Nd}+)*)$/u.exec(trim(text))
  if (match === null) return undefined
  const digits = Array.from((match[2] ?? '').replaceAll('_', ''), digitValue).join('')
  if (digits.length > MOST_DIGITS) return undefined
  return match[1] === '-' ? -BigInt(digits) : BigInt(digits)
}

/** Unicode encodes the decimal digits of every script in runs of ten that begin with zero. */
function digitValue(digit: string): number {
  const codePoint = digit.codePointAt(0) ?? 0
  if (codePoint < 0x80) return codePoint - 0x30
  let run = codePoint
  while (/\p{Nd}/u.test(String.fromCodePoint(run - 1))) run--
  return (codePoint - run) % 10
}

const SURROGATE = /[\ud800-\udfff]/

/** Orders strings by code point, as Python sorts them; JavaScript's `<` orders UTF-16 units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : 1
  return a.isWellFormed() && b.isWellFormed()
    ? Buffer.compare(Buffer.from(a), Buffer.from(b))
    : compareCodePoints(Array.from(a, codePoint), Array.from(b, codePoint))
}

function compareCodePoints(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((point, at) => point !== b[at])
  return index < 0 ? a.length - b.length : (a[index] ?? 0) - (b[index] ?? -1)
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0
}

/** Sorts strings by code point, in place. The quick order of UTF-16 units is the same without surrogates. */
export function sortText(texts: string[]): string[] {
  return SURROGATE.test(texts.join('')) ? texts.sort(compareText) : texts.sort()
}

/** The length in code points, which is what Python pads by. */
export function textLength(text: string): number {
  return Array.from(text).length
}

/** Pads with blanks on the right to `width` code points. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textLength(text)))
}

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

/** A string as `repr()` shows it: quoted, with everything that is not printable escaped. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let shown = ''
  for (const character of text) {
    if (character === quote) shown += `\\${character}`
    else if (character in ESCAPES) shown += ESCAPES[character]
    else if (character !== ' ' && /\p{C}|\p{Z}/u.test(character)) shown += escapeCodePoint(character)
    else shown += character
  }
  return quote + shown + quote
}

/** A list of strings as Python prints it. */
export function reprList(items: readonly string[]): string {
  return `[${items.map(repr).join(', ')}]`
}

function escapeCodePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16)
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`
  if (hex.length <= 4) return `\\u${hex.padStart(4, '0')}`
  return `\\U${hex.padStart(8, '0')}`
}
