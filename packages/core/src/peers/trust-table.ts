import { isPlainName, looseName } from '../message/address'
import { repr } from '../text/python-text'
import type { Table, TomlFile } from './toml-file'
import { unknownKeys } from './unknown-keys'

/** Of a version 4 or a version 5 key. */
const FINGERPRINT = /^([0-9A-F]{40}|[0-9A-F]{64})$/

/** Fingerprints of the keys that may sign: in all, and of those the ones that may for some projects. */
export interface Trust {
  readonly signers: ReadonlySet<string>
  readonly from: ReadonlyMap<string, ReadonlySet<string>>
}

/** Reads `[trust]`, if it is there. Throws Failure where it is malformed or misspelt: it must not be without effect. */
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
    ? `only ${known.join(' and ')} can stand there`
    : 'did you mean [trust]?'
  throw file.fail(`${shown} is not known; ${meant}`)
}

/** A table for a name that no project can have, or that is taken for another one, would be without effect. */
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
