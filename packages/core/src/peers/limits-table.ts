import { looseName } from '../message/address'
import { repr } from '../text/python-text'
import type { Table, TomlFile } from './toml-file'

/** How often the sessions of a project may be woken in an hour, all together (contract C24). 0: never. */
export interface WakeLimits {
  readonly perConversation: number
  readonly perProject: number
}

const USUAL: WakeLimits = { perConversation: 6, perProject: 30 }
/** A larger limit is none. */
const LARGEST = 1000

export const KEYS_OF_LIMITS = ['wakes_per_conversation', 'wakes_per_project']

/** Reads `[limits]`. Throws Failure if it is malformed or misspelt, because it must have an effect. */
export function readWakeLimits(file: TomlFile): WakeLimits {
  const misspelt = Object.keys(file.root).find((key) => key !== 'limits' && /^limits?$/.test(looseName(key)))
  if (misspelt !== undefined) throw file.fail(`${repr(misspelt)} is not known; did you mean [limits]?`)
  const table = file.table(file.root, 'limits', 'limits')
  if (table === undefined) return USUAL
  const unknown = Object.keys(table).find((key) => !KEYS_OF_LIMITS.includes(key))
  if (unknown !== undefined)
    throw file.fail(`limits.${unknown} is not known; only ${KEYS_OF_LIMITS.join(' and ')} are allowed there`)
  return {
    perConversation: limitOf(table, 'wakes_per_conversation', USUAL.perConversation, file),
    perProject: limitOf(table, 'wakes_per_project', USUAL.perProject, file),
  }
}

function limitOf(table: Table, key: string, usual: number, file: TomlFile): number {
  const value = file.value(table, key)
  if (value === undefined) return usual
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST) return value
  throw file.fail(`limits.${key} must be a number from 0 to ${LARGEST}`)
}
