import { decodeName, toBytes } from './raw-name'

/** A text as one word of a POSIX shell's command line, whatever it holds. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}

/** What every shell leaves alone. At the beginning some read an equals sign in their own way. */
const PLAIN = /^[\w./:@%+,][\w./:@%+=,-]*$/
/** The same with blanks and what is beyond ASCII: in no kind of quotes, nor outside of them, does it do anything. */
const TAME = /^[\w./:@%+=, \u0080-\uffff-]*$/
const INVISIBLE = /(?! )[\p{C}\p{Z}]/u
const PLAIN_BYTE = /[\w./:@%+=,-]/
const QUOTED = /^'([^']*)'$/
const ESCAPED = /^\$'((?:[^'\\]|\\[0-7]{3})*)'$/

/**
 * A path as one word for a shell and for our own commands (`fromPathWord`): it means exactly one file, whatever its
 * name holds (contract B68). Plain as it is, with blanks in quotes. What a shell acts on, what cannot be seen and what
 * is not UTF-8 stands in the form `$'\012'` of bash, zsh and ksh, byte by byte in octal, which ends after three digits
 * everywhere: so nothing is run either where somebody puts further quotes around it.
 */
export function pathWord(path: string): string {
  if (PLAIN.test(path)) return path
  // No program takes it for an option then.
  if (path.startsWith('-')) return pathWord(`./${path}`)
  return isTame(path) ? `'${path}'` : `$'${Array.from(toBytes(path), escapeByte).join('')}'`
}

/** A path as a line of its own, which scripts take whole: blanks and letters of any script need no quotes there. */
export function pathLine(path: string): string {
  return isTame(path) && !/^[=-]/.test(path) ? path : pathWord(path)
}

function isTame(path: string): boolean {
  return TAME.test(path) && !INVISIBLE.test(path)
}

function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte)
  return PLAIN_BYTE.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`
}

/** The path that a word of `pathWord` means; undefined for anything else, and for what is plain. */
export function fromPathWord(word: string): string | undefined {
  const path = QUOTED.exec(word)?.[1] ?? unescapeBytes(ESCAPED.exec(word)?.[1])
  return path !== undefined && pathWord(path) === word ? path : undefined
}

function unescapeBytes(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const bytes = text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return decodeName(Buffer.from(bytes, 'latin1'))
}
