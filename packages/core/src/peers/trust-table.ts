import { distance } from 'fastest-levenshtein'
import { isPlainName, looseName } from '../message/address'
import { repr } from '../text/python-text'
import { KEYS_OF_LIMITS } from './limits-table'
import type { Table, TomlFile } from './toml-file'

/** Of a version 4 or a version 5 key. */
const FINGERPRINT = /^([0-9A-F]{40}|[0-9A-F]{64})$/

/** Fingerprints of the keys that may sign: all of them, and those for single projects. */
export interface Trust {
  readonly signers: ReadonlySet<string>
  readonly from: ReadonlyMap<string, ReadonlySet<string>>
}

/** Reads `[trust]`, if there is one. Throws Failure if it is malformed or misspelt, because it must have an effect. */
export function readTrust(file: TomlFile): Trust | undefined {
  requireSpelling(file)
  const trust = file.table(file.root, 'trust', 'trust')
  if (trust === undefined) return undefined
  const from = file.table(trust, 'from', 'trust.from') ?? {}
  requireNames(Object.keys(from), file)
  const narrowed = Object.keys(from).map((project) => {
    const shown = `trust.from.${project}`
    return [project, signersOf(file.table(from, project, shown) ?? {}, shown, file)] as const
  })
  return { signers: signersOf(trust, 'trust', file), from: new Map(narrowed) }
}

function requireSpelling(file: TomlFile): void {
  const misspelt = unknownKeys(file.root).find(({ isAboutTrust }) => isAboutTrust)
  if (misspelt === undefined) return
  const { shown, known } = misspelt
  const meant = shown.startsWith('trust.')
    ? `only ${known.join(' and ')} are allowed there`
    : 'did you mean [trust]?'
  throw file.fail(`${shown} is not known; ${meant}`)
}

/** A table has no effect if no project can have its name, or if the name is mistaken for another. */
function requireNames(projects: readonly string[], file: TomlFile): void {
  const seen = new Map<string, string>()
  for (const project of projects) {
    if (!isPlainName(project)) throw file.fail(`trust.from.${repr(project)}: no project has that name`)
    const other = seen.get(looseName(project))
    if (other !== undefined)
      throw file.fail(`trust.from.${other} and trust.from.${project} are too much alike`)
    seen.set(looseName(project), project)
  }
}

function signersOf(table: Table, shown: string, file: TomlFile): ReadonlySet<string> {
  const list = file.value(table, 'signers')
  if (!Array.isArray(list)) throw file.fail(`${shown}.signers must be a list of fingerprints`)
  return new Set(
    list.map((entry: unknown) => {
      const fingerprint = typeof entry === 'string' ? entry.replaceAll(' ', '').toUpperCase() : ''
      if (FINGERPRINT.test(fingerprint)) return fingerprint
      throw file.fail(`${shown}.signers must hold whole fingerprints`)
    }),
  )
}

/** A key of peers.toml without a meaning. */
export interface UnknownKey {
  /** With its tables, e.g. `trust.signer`. */
  readonly shown: string
  /** The keys that are allowed there. */
  readonly known: readonly string[]
  /** Whether it may have been meant to say whom to trust (contract B69). */
  readonly isAboutTrust: boolean
}

const SECTIONS = ['limits', 'local', 'peers', 'projects', 'trust']
const KEYS_OF_A_PEER = ['host', 'ssh_user']
const KEYS_OF_A_PROJECT = ['inbox_path']
const KEYS_OF_LOCAL = ['name', 'roots']
const KEYS_OF_TRUST = ['signers', 'from']
const KEYS_OF_AN_ORIGIN = ['signers']

/** All keys that no command knows. A value in place of a table is reported when that table is used. */
export function unknownKeys(root: Table): UnknownKey[] {
  const { limits, local, peers, projects, trust } = root
  return [
    ...unknownIn(root, '', SECTIONS),
    ...unknownIn(limits, 'limits.', KEYS_OF_LIMITS),
    ...unknownIn(local, 'local.', KEYS_OF_LOCAL),
    ...unknownInEach(peers, 'peers.', KEYS_OF_A_PEER),
    ...unknownInEach(projects, 'projects.', KEYS_OF_A_PROJECT),
    ...unknownIn(trust, 'trust.', KEYS_OF_TRUST),
    ...unknownInEach(isTable(trust) ? trust.from : undefined, 'trust.from.', KEYS_OF_AN_ORIGIN),
  ]
}

function unknownInEach(tables: unknown, place: string, known: readonly string[]): UnknownKey[] {
  if (!isTable(tables)) return []
  return Object.entries(tables).flatMap(([name, table]) =>
    unknownIn(table, `${place}${keyAsText(name)}.`, known),
  )
}

function unknownIn(table: unknown, place: string, known: readonly string[]): UnknownKey[] {
  if (!isTable(table)) return []
  return Object.keys(table)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      shown: place + keyAsText(key),
      known: known.map((name) => place + name),
      isAboutTrust: place.startsWith('trust.') || mayMeanTrust(key, table[key]),
    }))
}

/** A key of letters is unchanged. Any other is quoted, because it can hold anything. */
function keyAsText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : repr(key)
}

/** By its name or its content. */
function mayMeanTrust(key: string, value: unknown): boolean {
  return (
    isLike(key, 'trust') ||
    isLike(key, 'signers') ||
    (isTable(value) && Object.entries(value).some(([inner, within]) => mayMeanTrust(inner, within)))
  )
}

/** How many letters may be wrong, missing or extra. */
const MOST_DIFFERENT = 2
/** A beginning with at least this many letters counts as the word. */
const SHORTEST_BEGINNING = 3

function isLike(key: string, word: string): boolean {
  const letters = looseName(key).replace(/[^a-z]/g, '')
  if (letters.includes(word) || (letters.length >= SHORTEST_BEGINNING && word.startsWith(letters)))
    return true
  // A key can have any length. A long one is similar to no word.
  return Math.abs(letters.length - word.length) <= MOST_DIFFERENT && distance(letters, word) <= MOST_DIFFERENT
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
