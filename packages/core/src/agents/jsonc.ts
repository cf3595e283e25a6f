import type { Node, ParseError } from 'jsonc-parser'
import type { Failure } from '../command/failure'
import { settingsMisshaped, settingsNotJson } from './settings-failure'

export type { Node }
export type JsoncLibrary = typeof import('jsonc-parser')

/** JSON with comments: its path, its text and its root node. */
export interface JsoncFile {
  readonly path: string
  readonly text: string
  readonly root: Node
}

/** Loads the library that reads JSON with comments. */
export async function loadJsonc(): Promise<JsoncLibrary> {
  const { default: library } = await import('jsonc-parser')
  return library
}

/**
 * Reads JSON with comments and trailing commas. The top level must be an object. Throws `settings-not-json`,
 * `settings-misshaped`.
 */
export function readJsonc(
  { parseTree, printParseErrorCode }: JsoncLibrary,
  path: string,
  text: string,
): JsoncFile {
  const errors: ParseError[] = []
  let root: Node | undefined
  try {
    root = parseTree(text, errors, { allowTrailingComma: true })
  } catch {
    // Thousands of nested levels exhaust the parser's stack.
    throw settingsNotJson({ path, place: 'line 1, column 1', problem: 'nested too deeply' })
  }
  const [error] = errors
  if (error !== undefined || root === undefined) {
    const problem = error === undefined ? 'there is no value' : wordsOf(printParseErrorCode(error.error))
    throw settingsNotJson({ path, place: placeOf(text, error?.offset ?? 0), problem })
  }
  if (root.type !== 'object') throw misshaped({ path, text, root }, 'the top level', root, 'object')
  return { path, text, root }
}

/** The place of the first trailing comma, as editors show it. Undefined if there is none. */
export function trailingComma({ createScanner }: JsoncLibrary, text: string): string | undefined {
  const [CLOSE_BRACE, CLOSE_BRACKET, COMMA, END] = [2, 4, 5, 17]
  const scanner = createScanner(text, true)
  let comma: number | undefined
  for (let token = scanner.scan(); token !== END; token = scanner.scan()) {
    if (comma !== undefined && (token === CLOSE_BRACE || token === CLOSE_BRACKET)) return placeOf(text, comma)
    comma = token === COMMA ? scanner.getTokenOffset() : undefined
  }
  return undefined
}

/**
 * A member's value in an object. Throws `settings-misshaped` if the name is there twice: readers disagree on which one
 * counts.
 */
export function member(file: JsoncFile, object: Node, name: string): Node | undefined {
  const found = (object.children ?? []).filter(({ children }) => children?.[0]?.value === name)
  if (found.length > 1) {
    const place = `"${name}" (${placeOf(file.text, found[1]?.offset ?? 0)})`
    throw settingsMisshaped({ path: file.path, place, is: 'there twice', expected: 'once' })
  }
  return found[0]?.children?.[1]
}

/** The same, but the value must have this type. Throws `settings-misshaped`. */
export function memberOfType(
  file: JsoncFile,
  object: Node,
  name: string,
  type: 'object' | 'array',
): Node | undefined {
  const value = member(file, object, name)
  if (value !== undefined && value.type !== type) throw misshaped(file, `"${name}"`, value, type)
  return value
}

/** A place in a text, as editors show it. */
function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`
}

function misshaped(
  { path, text }: JsoncFile,
  what: string,
  { type, offset }: Node,
  expected: string,
): Failure {
  const place = `${what} (${placeOf(text, offset)})`
  return settingsMisshaped({
    path,
    place,
    is: withArticle(type),
    expected: withArticle(expected),
  })
}

function withArticle(type: string): string {
  if (type === 'null') return type
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}

/** `CommaExpected` as `comma expected`. */
function wordsOf(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase()
}
