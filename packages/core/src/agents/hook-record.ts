import { createHash } from 'node:crypto'
import { makeFolder, remove, replaceFile } from '../fs/durable'
import { readRegularFile } from '../fs/files'
import { listNamesIfReadable } from '../fs/folder'
import { joinPath, type Paths } from '../fs/paths'
import { removeIfEmpty } from '../fs/sweep'
import { hasCode, reasonOf } from '../fs/system-error'
import { toJson } from '../text/json'
import { toBytes } from '../text/raw-name'
import { settingsUnwritable } from './settings-failure'

/** A record of a file that we changed. It allows us to restore the original bytes. */
export interface HookRecord {
  /** The original bytes. Undefined if there was no file. */
  readonly before: Buffer | undefined
  /** The hash of what we wrote. A file with any other hash belongs to somebody else. */
  readonly after: string
  /** The folders that we made for the file, the innermost last. */
  readonly made: readonly string[]
  /** The rules that we added (contract C26), as `idOf` names them. */
  readonly rules?: readonly string[]
}

/** The `after` of a record that only names rules: no file has this hash, so nothing is restored. */
export const NEVER = ''

const RECORD = /^[0-9a-f]{32}\.json$/

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The record of `target`. Undefined if there is none, or if it cannot be read. */
export function readRecord(paths: Paths, target: string): HookRecord | undefined {
  try {
    const value: unknown = JSON.parse(readRegularFile(recordPath(paths, target)).toString())
    if (typeof value !== 'object' || value === null) return undefined
    const { before, after, made, rules }: { [Name in keyof HookRecord]?: unknown } = value
    if (typeof after !== 'string' || !Array.isArray(made) || !made.every(isText)) return undefined
    if (before !== null && !isText(before)) return undefined
    const record = { before: before === null ? undefined : Buffer.from(before, 'base64'), after, made }
    return Array.isArray(rules) && rules.every(isText) ? { ...record, rules } : record
  } catch {
    return undefined
  }
}

/** The files that have a record, in no order. */
export function recordedFiles({ hookRecords }: Paths): string[] {
  return listNamesIfReadable(hookRecords)
    .filter((name) => RECORD.test(name))
    .flatMap((name) => {
      try {
        const value: unknown = JSON.parse(readRegularFile(joinPath(hookRecords, name)).toString())
        const { file }: { file?: unknown } = Object(value)
        return isText(file) && file.startsWith('/') ? [file] : []
      } catch {
        return []
      }
    })
}

/** Writes a record durably. Only its owner can read it: settings may hold secrets. Throws `settings-unwritable`. */
export function writeRecord(paths: Paths, target: string, { before, after, made, rules }: HookRecord): void {
  const path = recordPath(paths, target)
  try {
    makeFolder(paths.hookRecords)
    const record = { file: target, before: before?.toString('base64') ?? null, after, made }
    const json = toJson(rules === undefined || rules.length === 0 ? record : { ...record, rules })
    replaceFile(path, Buffer.from(`${json}\n`))
  } catch (error) {
    throw settingsUnwritable({ path, reason: reasonOf(error) }, error)
  }
}

/** Throws `settings-unwritable`. */
export function removeRecord(paths: Paths, target: string): void {
  const path = recordPath(paths, target)
  try {
    remove(path)
    removeIfEmpty(paths.hookRecords)
  } catch (error) {
    if (!hasCode(error, 'ENOTDIR')) throw settingsUnwritable({ path, reason: reasonOf(error) }, error)
  }
}

function recordPath({ hookRecords }: Paths, target: string): string {
  return joinPath(hookRecords, `${hashOf(toBytes(target)).slice(0, 32)}.json`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
