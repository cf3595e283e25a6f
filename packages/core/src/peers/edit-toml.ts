import { isDeepStrictEqual } from 'node:util'
import { Failure, type Words } from '../command/failure'
import { type Layout, withItems, withKey, withLines } from './toml-insert'
import { TomlPlaces } from './toml-places'

/** Texts that are added at the end of a list. The list and its tables are made if they are missing. */
export interface ListChange {
  /** The list's key after the names of its tables: `['trust', 'signers']`. */
  readonly list: readonly [string, ...string[]]
  readonly items: readonly string[]
}

/** A new table of texts. */
export interface TableChange {
  /** `['peers', 'velox']` */
  readonly table: readonly [string, ...string[]]
  readonly keys: Readonly<Record<string, string>>
}

export type TomlChange = ListChange | TableChange

/**
 * The text of a TOML file after changes. All that was there stays, byte for byte: a change only inserts. The parser must
 * find in the result the old data and the changes, and nothing else. Throws Failure if no such text is found, with the
 * lines to write by hand, also if a table is there already. `path` is for its words only.
 */
export async function editToml(text: string, changes: readonly TomlChange[], path: string): Promise<string> {
  const { default: parse } = await import('@iarna/toml/parse-string.js')
  let edited = text
  for (const change of changes) {
    const wanted = parse(edited)
    const isPossible = applyTo(wanted, change)
    const found =
      isPossible && candidates(edited, change).find((candidate) => isText(candidate, wanted, parse))
    if (typeof found !== 'string') throw new Failure('peers-file', refusal(change, wanted, path))
    edited = found
  }
  return edited
}

/** Whether a text means exactly this. It may also be no TOML: if it opens a table that was an inline table before. */
function isText(candidate: string, wanted: Data, parse: (text: string) => Data): boolean {
  try {
    return isDeepStrictEqual(parse(candidate), wanted)
  } catch {
    return false
  }
}

type Data = Record<string, unknown>

/** Makes the change in parsed data. False if something else is in its place. */
function applyTo(root: Data, change: TomlChange): boolean {
  const path = pathOf(change)
  const table = path.slice(0, -1).reduce<Data | undefined>(tableIn, root)
  const key = path.at(-1) ?? ''
  if (table === undefined) return false
  const present = valueIn(table, key)
  if (!('list' in change)) {
    if (present !== undefined) return false
    table[key] = { ...change.keys }
  } else if (present === undefined) table[key] = [...change.items]
  else if (Array.isArray(present)) present.push(...change.items)
  else return false
  return true
}

function tableIn(table: Data | undefined, name: string): Data | undefined {
  if (table === undefined) return undefined
  const present = valueIn(table, name)
  if (present === undefined) {
    const made: Data = {}
    table[name] = made
    return made
  }
  const isTable = typeof present === 'object' && present !== null && !Array.isArray(present)
  return isTable ? (present as Data) : undefined
}

function valueIn(table: Data, key: string): unknown {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** The texts that may be the result, the best first. */
function candidates(text: string, change: TomlChange): string[] {
  const layout: Layout = { text, eol: /\r?\n/.exec(text)?.[0] ?? '\n' }
  const { tables, brackets } = placesIn(text)
  const path = pathOf(change)
  const parent = path.slice(0, -1)
  const line = `${tomlKey(path.at(-1) ?? '')} = ${textOf(change)}`
  const isAt = (wanted: readonly string[]) => (place: { readonly path: readonly string[] | undefined }) =>
    isDeepStrictEqual(place.path, wanted)
  const found: string[] = []
  if ('list' in change) {
    const items = change.items.map(tomlText).join(', ')
    found.push(...brackets.filter(isAt(path)).map((list) => withItems(layout, list, items)))
    found.push(...tables.filter(isAt(parent)).map((table) => withKey(layout, table, line)))
  }
  found.push(...brackets.filter(isAt(parent)).map((inline) => withItems(layout, inline, line)))
  found.push(withLines(layout, linesOf(change)))
  const dotted = `${path.map(tomlKey).join('.')} = ${textOf(change)}`
  found.push(...tables.filter(isAt([])).map((root) => withKey(layout, root, dotted)))
  return found
}

function pathOf(change: TomlChange): readonly string[] {
  return 'list' in change ? change.list : change.table
}

function placesIn(text: string): Pick<TomlPlaces, 'tables' | 'brackets'> {
  try {
    return new TomlPlaces(text)
  } catch {
    return { tables: [], brackets: [] }
  }
}

/** The change as lines of a table with its own header. */
export function linesOf(change: TomlChange): string[] {
  if ('table' in change) return [`[${change.table.map(tomlKey).join('.')}]`, ...keyLines(change)]
  const tables = change.list.slice(0, -1)
  const line = `${tomlKey(change.list.at(-1) ?? '')} = ${textOf(change)}`
  return tables.length === 0 ? [line] : [`[${tables.map(tomlKey).join('.')}]`, line]
}

function textOf(change: TomlChange): string {
  if ('list' in change) return `[${change.items.map(tomlText).join(', ')}]`
  const keys = keyLines(change)
  return keys.length === 0 ? '{}' : `{ ${keys.join(', ')} }`
}

function keyLines({ keys }: TableChange): string[] {
  return Object.entries(keys).map(([key, text]) => `${tomlKey(key)} = ${tomlText(text)}`)
}

function tomlKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : tomlText(key)
}

/** A text in TOML's double quotes. */
export function tomlText(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f')
}

/** The words for a change that is not made. A list is shown with what it holds already. */
function refusal(change: TomlChange, wanted: Data, path: string): Words {
  const value = pathOf(change).reduce<unknown>((data, key) => Object(data)[key], wanted)
  const isList = 'list' in change && Array.isArray(value) && value.every((item) => typeof item === 'string')
  return {
    message: `cannot add to ${path} and be sure that all else stays: nothing was changed`,
    hint: ['write this into it by hand:', ...linesOf(isList ? { ...change, items: value } : change)],
  }
}
