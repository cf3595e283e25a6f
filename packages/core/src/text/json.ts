/** A value of the JSON that the commands print and store. Keys stay in the order given. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

const NOT_ASCII = /[\x7f-\uffff]/g

/** Indented by two, non-ASCII as `\uXXXX`: the bytes of the scripts' JSON. No newline at the end. */
export function toJson(value: Json): string {
  return toAscii(JSON.stringify(value, null, 2))
}

/** On one line, with `", "` and `": "` between: the scripts' compact form. */
export function toCompactJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(toCompactJson).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).map(
      ([key, member]) => `${toCompactJson(key)}: ${toCompactJson(member)}`,
    )
    return `{${members.join(', ')}}`
  }
  return toAscii(JSON.stringify(value))
}

/**
 * An object with a text as its last member, in the form of `render`. It comes in pieces, because the escaped text may
 * be longer than any string (contract B74).
 */
export function* jsonEndingWith(
  fields: { readonly [key: string]: Json },
  key: string,
  text: string,
  render: (value: Json) => string,
): Generator<string> {
  const whole = render({ ...fields, [key]: '' })
  const end = whole.lastIndexOf('""') + 1
  yield whole.slice(0, end)
  for (const piece of piecesOf(text)) yield toAscii(JSON.stringify(piece).slice(1, -1))
  yield whole.slice(end)
}

function toAscii(json: string): string {
  return json.replace(NOT_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Characters of a piece. Escaping them never exceeds memory or the longest string. */
const PIECE = 1024 * 1024

/** Whether a text must be written in pieces: escaped, it may be longer than any string (contract B74). */
export function isLong(text: string): boolean {
  return text.length > PIECE
}

/** A text in pieces. No piece ends inside a character. */
export function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = start + PIECE
    const next = end < text.length && isHigh(text.charCodeAt(end - 1)) ? end - 1 : end
    yield start === 0 && next >= text.length ? text : text.slice(start, next)
    start = next
  }
}

/** The first of two units that are one character. */
function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
