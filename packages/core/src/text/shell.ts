import { decodeName, toBytes } from './raw-name'

/** A text as one word of a POSIX shell's command line, whatever it holds. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}

/**
 * The same for a word that fish must read alike: there a backslash counts in single quotes. Each quote and each
 * backslash stands in double quotes.
 */
export function anyShellQuote(text: string): string {
  return `'${text.replace(/['\\]/g, (character) => (character === "'" ? `'"'"'` : `'"\\\\"'`))}'`
}

/** Characters that no shell changes. Some shells interpret an equals sign at the beginning. */
const PLAIN = /^[\w./:@%+,][\w./:@%+=,-]*$/
/** The same with blanks and characters beyond ASCII. They do nothing in any quotes. */
const TAME = /^[\w./:@%+=, \u0080-\uffff-]*$/
const INVISIBLE = /(?! )[\p{C}\p{Z}]/u
const PLAIN_BYTE = /[\w./:@%+=,-]/
const QUOTED = /^'([^']*)'$/
const ESCAPED = /^\$'((?:[^'\\]|\\[0-7]{3})*)'$/

/**
 * A path as one word for a shell and for our own commands (`fromPathWord`). It means exactly one file, whatever its
 * name holds (contract B68). A plain path is unchanged, and a path with blanks is in quotes. In any other path, bytes
 * that are active, invisible or not UTF-8 have the form `$'\012'` of bash, zsh and ksh. Octal escapes end after three
 * digits in every shell, so nothing runs even if somebody puts further quotes around the word.
 */
export function pathWord(path: string): string {
  if (PLAIN.test(path)) return path
  // Then no program takes it for an option.
  if (path.startsWith('-')) return pathWord(`./${path}`)
  return isTame(path) ? `'${path}'` : `$'${Array.from(toBytes(path), escapeByte).join('')}'`
}

/** A path on its own line. Scripts read the whole line, so blanks and letters of any alphabet need no quotes. */
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

/** The path that a word of `pathWord` means. Undefined for plain paths and for anything else. */
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
