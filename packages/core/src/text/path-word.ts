import { decodeName, toBytes } from './raw-name'
import { shellQuote } from './shell'

/** What every shell leaves alone. At the beginning some read an equals sign in their own way. */
const PLAIN = /^[\w./:@%+,][\w./:@%+=,-]*$/
/** Printable ASCII, with which nearly all names end that are not plain. */
const PRINTABLE_ASCII = /^[ -~]*$/
const INVISIBLE = /(?! )[\p{C}\p{Z}]/u
const QUOTED = /^'(?:[^']|'"'"')*'$/
const ESCAPED = /^\$'((?:[^'\\]|\\['\\]|\\[0-7]{3})*)'$/

/**
 * A path as one word for a shell and for our own commands (`fromPathWord`): it means exactly one file, whatever its
 * name holds (contract B68). Plain as it is, else in quotes; with what cannot be seen or is not UTF-8 in the form
 * `$'\012'` of bash, zsh and ksh, byte by byte in octal, which ends after three digits everywhere.
 */
export function pathWord(path: string): string {
  if (PLAIN.test(path)) return path
  // No program takes it for an option then.
  if (path.startsWith('-')) return pathWord(`./${path}`)
  if (PRINTABLE_ASCII.test(path) || !INVISIBLE.test(path)) return shellQuote(path)
  return `$'${Array.from(toBytes(path), escapeByte).join('')}'`
}

/** Neither in double quotes nor outside of them is a shell made to do anything by these. */
const TAME = /^[\w./:@%+,][\w./:@%+=, \u0080-\uffff-]*$/

/**
 * A path as a line of its own, which scripts take whole: as it is where it has blanks and letters of any script, else
 * as `pathWord` has it.
 */
export function pathLine(path: string): string {
  return TAME.test(path) && !INVISIBLE.test(path) ? path : pathWord(path)
}

function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte)
  if (character === "'" || character === '\\') return `\\${character}`
  return byte >= 0x20 && byte <= 0x7e ? character : `\\${byte.toString(8).padStart(3, '0')}`
}

/** The path that a word of `pathWord` means; undefined for anything else, and for what is plain. */
export function fromPathWord(word: string): string | undefined {
  const path = QUOTED.test(word)
    ? word.slice(1, -1).replaceAll(`'"'"'`, "'")
    : unescapeBytes(ESCAPED.exec(word)?.[1])
  return path !== undefined && pathWord(path) === word ? path : undefined
}

function unescapeBytes(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const bytes = text.replace(/\\(['\\]|[0-7]{3})/g, (_, meant: string) =>
    meant.length === 1 ? meant : String.fromCharCode(Number.parseInt(meant, 8)),
  )
  return decodeName(Buffer.from(bytes, 'latin1'))
}
